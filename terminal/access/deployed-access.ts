import { outputOf } from "../../deployment/deployment.ts";
import { findDeployment } from "../../deployment/find.ts";
import type { Ask } from "../../deployment/user-pool/ask.ts";
import { SignInError } from "../../deployment/user-pool/sign-in-error.ts";
import { userPoolOf } from "../../deployment/user-pool/user-pool.ts";
import { sayWhere } from "../../deployment/where.ts";
import type { Access, DeployedParley } from "./access.ts";
import { commandAccess } from "./command-access.ts";
import { signInAtTerminal } from "./sign-in.ts";
import { userPoolAccess } from "./user-pool-access.ts";

/** As a user of a stack, of its own user pool or of another issuer. */
export async function deployedAccess(
  user: string,
  parley: DeployedParley,
  password: string | undefined,
  ask: Ask | undefined,
): Promise<Access> {
  const { where, tokenCommand, signUp } = parley;
  const deployment = await findDeployment(where);
  const url = parley.url ?? outputOf(deployment, "WebSocketUrl");
  const userClaim = parley.userClaim ?? outputOf(deployment, "UserClaim");
  if (tokenCommand !== undefined) return commandAccess({ user, url, command: tokenCommand, userClaim });
  const pool = userPoolOf(deployment);
  if (pool === undefined) {
    throw new SignInError(
      "challenge",
      `The users of ${deployment.name} are those of ${deployment.outputs.Issuer}: say --token-command, which prints a token.`,
    );
  }
  const addUserCommand = `npm run add-user -- ${sayWhere(where)} ${user}`;
  const tokens = await signInAtTerminal({ pool, user, password, ask, signUp, addUserCommand });
  return userPoolAccess(pool, tokens, url, userClaim);
}
