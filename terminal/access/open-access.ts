import type { Prompt } from "../../deployment/user-pool/prompt.ts";
import type { Access, Parley } from "./access.ts";
import { commandAccess } from "./command-access.ts";
import { embeddedAccess } from "./embedded-access.ts";

/**
 * Finds the Parley and signs the user in, prompting for missing input. Throws `DeploymentError`, `SignInError`,
 * `GrantRefusedError`, `PromptCancelledError`.
 */
export async function openAccess(
  user: string,
  parley: Parley,
  password: string | undefined,
  prompt: Prompt | undefined,
): Promise<Access> {
  if ("server" in parley) return embeddedAccess(parley.server, user);
  if (parley.selector === undefined) {
    const { url, tokenCommand: command, userClaim = "sub" } = parley;
    return commandAccess({ user, url, command, userClaim });
  }
  // Imported only here, because the AWS SDK is slow to load and an embedded cloud does not need it.
  const { deployedAccess } = await import("./deployed-access.ts");
  return deployedAccess(user, parley, password, prompt);
}
