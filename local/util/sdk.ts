/** What every client of an emulator is made with; emulators take any credentials. */
export const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" } as const;

export function clientConfig(endpoint: string, region: string) {
  return { endpoint, region, credentials: CREDENTIALS };
}
