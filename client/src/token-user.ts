import { NamelessTokenError } from "./errors.ts";

/** The `sub` of a JWT, which nobody here verifies: the server does, and goes by its own reading. */
export function userOfToken(token: string): string {
  try {
    const [, claims = ""] = token.split(".");
    const bytes = Uint8Array.from(atob(claims.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    const { sub } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof sub === "string") return sub;
  } catch {
    // No JWT.
  }
  throw new NamelessTokenError();
}
