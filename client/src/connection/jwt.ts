import { NamelessTokenError } from "../api/errors.ts";

interface Claims {
  readonly sub?: unknown;
  readonly exp?: unknown;
}

/** Reads the claims of a JWT, unverified: the server verifies it and uses its own reading. Empty if it is not a JWT. */
function readClaims(token: string): Claims {
  try {
    const [, claims = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(claims.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

/** Returns the `sub` claim. Throws NamelessTokenError if there is none. */
export function readUser(token: string): string {
  const { sub } = readClaims(token);
  if (typeof sub === "string") return sub;
  throw new NamelessTokenError();
}

/** Returns the `exp` claim in milliseconds since 1970, or undefined if there is none. */
export function readExpiryMs(token: string): number | undefined {
  const { exp } = readClaims(token);
  return typeof exp === "number" ? exp * 1000 : undefined;
}
