/** What it takes to connect once. */
export interface Grant {
  readonly token: string;
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number;
}

/** Nobody is there, or not ready yet: worth another try. */
export class NoServerError extends Error {
  override readonly name = "NoServerError";
}

/** The server does not want this user; asking again would not help. */
export class GrantRefusedError extends Error {
  override readonly name = "GrantRefusedError";
}

const TIMEOUT_MS = 5_000;

/** Asks the development issuer of a Parley for a token and a gateway. */
export async function requestGrant(server: string, user: string, signal: AbortSignal): Promise<Grant> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(`${server}/token`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    body = await response.json();
  } catch (cause) {
    throw new NoServerError(`no Parley at ${server}`, { cause });
  }
  if (response.status >= 500) throw new NoServerError(`Parley at ${server} is not ready`);
  if (!response.ok) throw new GrantRefusedError(messageOf(body) ?? `refused with status ${response.status}`);
  if (!isGrant(body)) throw new GrantRefusedError(`what answers at ${server} is no Parley`);
  return body;
}

function isGrant(body: unknown): body is Grant {
  if (typeof body !== "object" || body === null || !("token" in body) || !("url" in body)) return false;
  if ("expiresAtMs" in body && typeof body.expiresAtMs !== "number") return false;
  return typeof body.token === "string" && typeof body.url === "string";
}

function messageOf(body: unknown): string | undefined {
  const message = typeof body === "object" && body !== null && "message" in body ? body.message : undefined;
  return typeof message === "string" ? message : undefined;
}
