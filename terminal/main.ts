import { fileStorage } from "../client/src/node.ts";
import { DeploymentError } from "../deployment/deployment-error.ts";
import { PromptCancelledError, terminalPrompt } from "../deployment/user-pool/prompt.ts";
import { SignInError } from "../deployment/user-pool/sign-in-error.ts";
import { type Access, GrantRefusedError } from "./access/access.ts";
import { openAccess } from "./access/open-access.ts";
import { type ChatArguments, parseArguments } from "./cli/arguments.ts";
import { HOW_TO_GET_USAGE, USAGE } from "./cli/usage.ts";
import { runLines } from "./lines/run.ts";
import { runScreen } from "./screen/run.ts";
import { runScript } from "./script/run.ts";
import { NoOutboxError, outboxFolder } from "./session/outbox-folder.ts";
import { Shutdown } from "./session/shutdown.ts";
import { releasable } from "./session/storage-release.ts";
import { createPalette } from "./text/palette.ts";
import { sanitize } from "./text/sanitize.ts";

const { stdin, stdout, env } = process;

const parsed = parseArguments(process.argv.slice(2));
if ("help" in parsed) console.log(USAGE);
else if ("error" in parsed) {
  console.error(`${parsed.error}.\n${HOW_TO_GET_USAGE}`);
  process.exitCode = 2;
} else {
  try {
    const { user, parley, task } = parsed.run;
    run(task, await openAccess(user, parley, env.PARLEY_PASSWORD, terminalPrompt(stdin, stdout)));
  } catch (error) {
    const expected =
      error instanceof DeploymentError ||
      error instanceof SignInError ||
      error instanceof GrantRefusedError ||
      error instanceof NoOutboxError;
    if (!expected && !(error instanceof PromptCancelledError)) throw error;
    if (expected) console.error(sanitize(error.message));
    process.exitCode = 1;
  }
}

function run(task: ChatArguments["task"], access: Access): void {
  const shutdown = new Shutdown();
  const palette = createPalette(stdout.isTTY && !env.NO_COLOR);
  if (!("chat" in task)) {
    void runScript(task, access, shutdown, palette);
    return;
  }
  const outbox = task.ephemeral
    ? undefined
    : releasable(fileStorage(outboxFolder(access, env.XDG_STATE_HOME)));
  const isWholeScreen = stdin.isTTY && stdout.isTTY && env.TERM !== "dumb" && !task.plain;
  (isWholeScreen ? runScreen : runLines)({ access, target: task.chat, outbox, palette, shutdown });
}
