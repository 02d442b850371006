import { outputOf } from "../../deployment/deployment.ts";
import { findDeployment } from "../../deployment/find-deployment.ts";
import { formatSelector } from "../../deployment/selector.ts";
import type { Prompt } from "../../deployment/user-pool/prompt.ts";
import { SignInError } from "../../deployment/user-pool/sign-in-error.ts";
import { userPoolOf } from "../../deployment/user-pool/user-pool.ts";
import type { Access, DeployedParley } from "./access.ts";
import { commandAccess } from "./command-access.ts";
import { signInAtTerminal } from "./sign-in.ts";
import { userPoolAccess } from "./user-pool-access.ts";

/** Signs in as a user of a stack: at its own user pool, or with a token of another issuer. */
export async function deployedAccess(
  user: string,
  parley: DeployedParley,
  password: string | undefined,
  prompt: Prompt | undefined,
): Promise<Access> {
  const { selector, tokenCommand, signUp } = parley;
  const deployment = await findDeployment(selector);
  const url = parley.url ?? outputOf(deployment, "WebSocketUrl");
  const userClaim = parley.userClaim ?? outputOf(deployment, "UserClaim");
  if (tokenCommand !== undefined) return commandAccess({ user, url, command: tokenCommand, userClaim });
  const pool = userPoolOf(deployment);
  if (pool === undefined) {
    throw new SignInError(
      "challenge",
      `${deployment.name} has no user pool: its token issuer is ${deployment.outputs.Issuer}. Pass a command that prints a token with --token-command.`,
    );
  }
  const addUserCommand = `npm run add-user -- ${formatSelector(selector)} ${user}`;
  const tokens = await signInAtTerminal({ pool, user, password, prompt, signUp, addUserCommand });
  return userPoolAccess(pool, tokens, url, userClaim);
}
