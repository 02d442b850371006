/** `npm run add-user -- --env dev alice`: creates a user in the stack's user pool, or confirms a sign-up. */
import { parseArgs } from "node:util";
import { DeploymentError } from "../deployment/deployment-error.ts";
import { findDeployment } from "../deployment/find-deployment.ts";
import {
  type DeploymentSelector,
  parseSelector,
  SELECTOR_OPTIONS,
  SELECTOR_USAGE,
} from "../deployment/selector.ts";
import { confirmUser, createUser, userStatus } from "../deployment/user-pool/admin.ts";
import { choosePassword } from "../deployment/user-pool/choose-password.ts";
import { terminalPrompt } from "../deployment/user-pool/prompt.ts";
import { SignInError } from "../deployment/user-pool/sign-in-error.ts";
import { type UserPool, userPoolOf } from "../deployment/user-pool/user-pool.ts";
import { parseOrUsageError, readUserId, runCommand, UsageError } from "./command.ts";

const USAGE = `Usage: npm run add-user -- <deployment> <user>

Creates a user in the stack's own Cognito user pool. The password is read from PARLEY_PASSWORD or asked for. A user who has
signed up and is not confirmed yet is confirmed and keeps their password. Nothing is e-mailed.

Deployment, one of
${SELECTOR_USAGE}

  --help               show this text
`;

async function addUser(pool: UserPool, user: string): Promise<string> {
  const status = await userStatus(pool, user);
  if (status === "UNCONFIRMED") {
    await confirmUser(pool, user);
    return `${user} had signed up, and may sign in now.`;
  }
  if (status !== undefined) throw new SignInError("exists", `The user ${user} already exists (${status}).`);
  const { PARLEY_PASSWORD } = process.env;
  const prompt = terminalPrompt(process.stdin, process.stdout);
  if (PARLEY_PASSWORD === undefined && prompt === undefined) {
    throw new UsageError("There is no terminal to ask for a password: set PARLEY_PASSWORD.");
  }
  await createUser(pool, user, PARLEY_PASSWORD ?? (prompt ? await choosePassword(prompt, user) : ""));
  return `${user} may sign in now.`;
}

interface Arguments {
  readonly selector: DeploymentSelector;
  readonly user: string;
}

function readArguments(args: readonly string[]): Arguments | "help" {
  const { values, positionals } = parseOrUsageError(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...SELECTOR_OPTIONS, help: { type: "boolean", default: false } },
    }),
  );
  if (values.help) return "help";
  const [user, ...more] = positionals;
  if (user === undefined || user === "" || more.length > 0) throw new UsageError("Name exactly one user.");
  const selector = parseSelector(values);
  if (selector === undefined || typeof selector === "string") {
    throw new UsageError(selector ?? "Choose a deployment: --env, --stack or --outputs.");
  }
  return { selector, user: readUserId(user) };
}

await runCommand(USAGE, readArguments, async ({ selector, user }) => {
  const deployment = await findDeployment(selector);
  const pool = userPoolOf(deployment);
  if (pool === undefined) {
    throw new DeploymentError(
      "no_output",
      `${deployment.name} has no user pool: its token issuer is ${deployment.outputs.Issuer}.`,
    );
  }
  try {
    console.log(await addUser(pool, user));
    return 0;
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    console.error(error.message);
    return 1;
  }
});
