/** `npm run add-user -- --env dev alice`: makes a user in the stack's user pool, or confirms who has signed up. */
import { parseArgs } from "node:util";
import { DeploymentError } from "../deployment/deployment-error.ts";
import { findDeployment } from "../deployment/find.ts";
import { confirmUser, createUser, userStatus } from "../deployment/user-pool/administration.ts";
import { askAtTerminal } from "../deployment/user-pool/ask.ts";
import { choosePassword } from "../deployment/user-pool/choose-password.ts";
import { SignInError } from "../deployment/user-pool/sign-in-error.ts";
import { type UserPool, userPoolOf } from "../deployment/user-pool/user-pool.ts";
import { readWhere, WHERE_OPTIONS, WHERE_USAGE } from "../deployment/where.ts";
import { parsed, runCommand, UsageError } from "./command.ts";

const USAGE = `Usage: npm run add-user -- <where> <user>

Makes a user in the stack's own Cognito user pool, with a password that is asked for here or is in PARLEY_PASSWORD. Who has
signed up and waits to be confirmed is confirmed, and keeps the password. Nothing is mailed.

Where, one of
${WHERE_USAGE}

  --help               show this
`;

async function addUser(pool: UserPool, user: string): Promise<string> {
  const status = await userStatus(pool, user);
  if (status === "UNCONFIRMED") {
    await confirmUser(pool, user);
    return `${user} had signed up, and may sign in now.`;
  }
  if (status !== undefined) throw new SignInError("exists", `There is a user ${user} already (${status}).`);
  const { PARLEY_PASSWORD } = process.env;
  const ask = askAtTerminal(process.stdin, process.stdout);
  if (PARLEY_PASSWORD === undefined && ask === undefined) {
    throw new UsageError("There is no terminal to ask for a password: set PARLEY_PASSWORD.");
  }
  await createUser(pool, user, PARLEY_PASSWORD ?? (ask ? await choosePassword(ask, user) : ""));
  return `${user} may sign in now.`;
}

await runCommand(USAGE, async () => {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: process.argv.slice(2),
      allowPositionals: true,
      options: { ...WHERE_OPTIONS, help: { type: "boolean", default: false } },
    }),
  );
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [user, ...more] = positionals;
  if (user === undefined || user === "" || more.length > 0) throw new UsageError("Name one user.");
  const where = readWhere(values);
  if (where === undefined || typeof where === "string") {
    throw new UsageError(where ?? "Say where: --env, --stack or --outputs.");
  }
  const deployment = await findDeployment(where);
  const pool = userPoolOf(deployment);
  if (pool === undefined) {
    throw new DeploymentError(
      "no_output",
      `${deployment.name} has no users of its own: they are those of ${deployment.outputs.Issuer}.`,
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
