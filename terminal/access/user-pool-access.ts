import type { Tokens } from "../../deployment/user-pool/app-client.ts";
import { readToken } from "../../deployment/user-pool/read-token.ts";
import { SignInError } from "../../deployment/user-pool/sign-in-error.ts";
import { TokenSource } from "../../deployment/user-pool/token-source.ts";
import type { UserPool } from "../../deployment/user-pool/user-pool.ts";
import { type Access, GrantRefusedError, NoServerError } from "./access.ts";

/** Access with the tokens of the stack's own user pool, which are refreshed as long as Cognito allows. */
export function userPoolAccess(pool: UserPool, tokens: Tokens, url: string, userClaim: string): Access {
  const source = new TokenSource(pool, tokens);
  const { user } = readToken(tokens.accessToken, userClaim);
  // The id from the token, not the name typed: Cognito lowercases names.
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
