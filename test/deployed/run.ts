/** `npm run test:deployed`: docs/testing.md. Arguments are passed to vitest. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startMiniStack } from "./ministack/ministack.ts";
import { remainingResources } from "./remaining-resources.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const FOLDER = join(ROOT, ".parley", "deployed");
const OUTPUTS = join(FOLDER, "cdk.outputs.json");
const CDK_LOG = join(FOLDER, "cdk.log");
const CDK = join(ROOT, "node_modules", "aws-cdk", "bin", "cdk");
const VITEST = join(ROOT, "node_modules", "vitest", "vitest.mjs");
const TAIL_LINES = 40;

const TESTED_ENVIRONMENT = "dev";
/** Another environment in the same account, with features that `dev` lacks, such as alarms. */
const OTHER_ENVIRONMENT = "staging";

/** Variables for an emulator, unless the environment sets them. */
const EMULATOR_DEFAULTS = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
};

/** Runs a script with this Node. Resolves with its exit code. */
function node(args: readonly string[], output: "inherit" | number): Promise<number> {
  return new Promise((resolve, reject) => {
    const stdio = ["ignore", output, output] as const;
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: [...stdio] });
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function cdk(environment: string, ...args: string[]): Promise<void> {
  const context = ["-c", `env=${environment}`, "--output", join(FOLDER, "cdk.out")];
  const code = await node([CDK, ...args, ...context], openSync(CDK_LOG, "a"));
  if (code === 0) return;
  const tail = readFileSync(CDK_LOG, "utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  throw new Error(`cdk ${args[0]} failed; its full output is in ${CDK_LOG}\n${tail}`);
}

function test(outputs: string): Promise<number> {
  process.env.PARLEY_OUTPUTS = outputs;
  // The verbose reporter shows why a test is skipped.
  const args = ["run", "--project", "deployed", "--reporter=verbose", ...process.argv.slice(2)];
  return node([VITEST, ...args], "inherit");
}

/** Deploys the app, tests it, destroys it, and checks that nothing is left. */
async function deployTestDestroy(): Promise<number> {
  rmSync(CDK_LOG, { force: true });
  let code: number;
  try {
    console.log("Deploying …");
    await cdk(TESTED_ENVIRONMENT, "bootstrap");
    await cdk(OTHER_ENVIRONMENT, "deploy", "--require-approval", "never");
    await cdk(TESTED_ENVIRONMENT, "deploy", "--require-approval", "never", "--outputs-file", OUTPUTS);
    code = await test(OUTPUTS);
  } finally {
    console.log("Destroying …");
    await cdk(TESTED_ENVIRONMENT, "destroy", "--force");
    await cdk(OTHER_ENVIRONMENT, "destroy", "--force");
  }
  const left = await remainingResources("parley-");
  if (left.length > 0) throw new Error(`The destroyed stacks left behind:\n  ${left.join("\n  ")}`);
  console.log("Destroyed; nothing is left behind.");
  return code;
}

async function onMiniStack(): Promise<number> {
  const miniStack = await startMiniStack();
  const { endpoint, logFile } = miniStack;
  Object.assign(process.env, EMULATOR_DEFAULTS, {
    AWS_ENDPOINT_URL: endpoint,
    PARLEY_FUNCTIONS_LOG: logFile,
  });
  process.env.NO_PROXY = [process.env.NO_PROXY, "127.0.0.1"].filter(Boolean).join(",");
  for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"]) delete process.env[name];
  let code = 1;
  try {
    code = await deployTestDestroy();
    return code;
  } finally {
    if (code !== 0) console.error(`Log of MiniStack and the functions: ${logFile}`);
    await miniStack.stop();
  }
}

function onEmulator(endpoint: string): Promise<number> {
  if (new URL(endpoint).hostname.endsWith(".amazonaws.com")) {
    throw new Error(
      "This command deploys and destroys stacks, which it must not do on AWS: deploy a stack yourself and set PARLEY_OUTPUTS.",
    );
  }
  for (const [name, value] of Object.entries(EMULATOR_DEFAULTS)) process.env[name] ??= value;
  return deployTestDestroy();
}

// The running child gets the signal too and ends. Then everything that was started is destroyed and stopped.
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interrupted) process.exit(1);
    interrupted = true;
  });
}

mkdirSync(FOLDER, { recursive: true });
const { PARLEY_OUTPUTS, AWS_ENDPOINT_URL } = process.env;
try {
  if (PARLEY_OUTPUTS !== undefined) {
    if (!existsSync(PARLEY_OUTPUTS))
      throw new Error(`PARLEY_OUTPUTS: the file ${PARLEY_OUTPUTS} does not exist`);
    process.exitCode = await test(PARLEY_OUTPUTS);
  } else {
    process.exitCode = await (AWS_ENDPOINT_URL ? onEmulator(AWS_ENDPOINT_URL) : onMiniStack());
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
