import type { Tokens } from "../../deployment/user-pool/app-client.ts";
import { readToken } from "../../deployment/user-pool/read-token.ts";
import { SignInError } from "../../deployment/user-pool/sign-in-error.ts";
import { TokenSource } from "../../deployment/user-pool/token-source.ts";
import type { UserPool } from "../../deployment/user-pool/user-pool.ts";
import { type Access, GrantRefusedError, NoServerError } from "./access.ts";

/** Whoever has signed in to the stack's own user pool; the token is renewed for as long as Cognito does so. */
export function userPoolAccess(pool: UserPool, tokens: Tokens, url: string, userClaim: string): Access {
  const source = new TokenSource(pool, tokens);
  const { user } = readToken(tokens.accessToken, userClaim);
  // Not as it was typed: Cognito lowers names.
  if (user === undefined) throw new GrantRefusedError(`Cognito's token has no claim "${userClaim}"`);
  return {
    user,
    parley: url,
    async grant() {
      try {
        return { url, ...(await source.token()) };
      } catch (error) {
        if (!(error instanceof SignInError)) throw error;
        if (error.temporary) throw new NoServerError(`${error.message}; waiting…`, { cause: error });
        throw new GrantRefusedError(`signed out: ${error.message}`, { cause: error });
      }
    },
    markAccepted: () => source.markAccepted(),
  };
}
