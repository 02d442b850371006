import { NamelessTokenError } from "../api/errors.ts";

interface Claims {
  readonly sub?: unknown;
  readonly exp?: unknown;
}

/** What a JWT says, which nobody here verifies: the server does, and goes by its own reading. Of what is no JWT: nothing. */
function claimsOf(token: string): Claims {
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

export function userOfToken(token: string): string {
  const { sub } = claimsOf(token);
  if (typeof sub === "string") return sub;
  throw new NamelessTokenError();
}

/** Milliseconds since 1970. */
export function expiryOfToken(token: string): number | undefined {
  const { exp } = claimsOf(token);
  return typeof exp === "number" ? exp * 1000 : undefined;
}
