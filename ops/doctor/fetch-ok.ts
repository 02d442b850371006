const TIMEOUT_MS = 5_000;

/** Fetches a URL. Throws if the response is not a success or does not come within 5 s. */
export async function fetchOk(url: string): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}
