import { type Access, type Grant, GrantRefusedError, NoServerError } from "./access.ts";

const TIMEOUT_MS = 5_000;

/** Gets tokens and a gateway URL from the development issuer of an embedded cloud, which serves any user. */
export function embeddedAccess(server: string, user: string): Access {
  return {
    user,
    parley: server,
    grant: (signal) => requestGrant(server, user, signal),
    markAccepted: () => {},
  };
}

async function requestGrant(server: string, user: string, signal: AbortSignal): Promise<Grant> {
  const hint = "start it with npm start; waiting…";
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
    throw new NoServerError(`no Parley at ${server} – ${hint}`, { cause });
  }
  if (response.status >= 500) throw new NoServerError(`Parley at ${server} is not ready – ${hint}`);
  if (!response.ok) throw new GrantRefusedError(messageOf(body) ?? `refused with status ${response.status}`);
  if (!isGrant(body)) throw new GrantRefusedError(`the server at ${server} is not a Parley`);
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
