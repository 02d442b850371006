/** The account of every emulator. */
export const ACCOUNT = "000000000000";

/** Emulators accept any credentials. */
export const CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" } as const;

/** Configuration of an AWS SDK client for an emulator. */
export function clientConfig(endpoint: string, region: string) {
  return { endpoint, region, credentials: CREDENTIALS };
}
