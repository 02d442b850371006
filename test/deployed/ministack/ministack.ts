import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { freePort } from "../../support/free-port.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
/** Ignored by git and kept between runs. */
const FOLDER = join(ROOT, ".parley", "deployed");
const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

export interface MiniStack {
  /** Endpoint of all services. */
  readonly endpoint: string;
  /** Log of MiniStack and of the functions. */
  readonly logFile: string;
  stop(): Promise<void>;
}

/** Installs MiniStack if necessary and starts it on a free port, with the fixes of `launch.py`. */
export async function startMiniStack(): Promise<MiniStack> {
  const python = install();
  const port = await freePort();
  const logFile = join(FOLDER, "ministack.log");
  const log = openSync(logFile, "w");
  // Outside the repository, whose package.json would turn MiniStack's CommonJS runtime into ES modules.
  const scratch = mkdtempSync(join(tmpdir(), "parley-ministack-"));
  const child = spawn(python, [join(import.meta.dirname, "launch.py")], {
    // MiniStack ends when its standard input closes, so that nothing stays behind however this process ends.
    stdio: ["pipe", log, log],
    // Ctrl-C must not end it: the stack has to be destroyed first.
    detached: true,
    env: {
      // Functions run on this Node and without the user's AWS settings.
      ...withoutAws(process.env),
      PATH: [join(process.execPath, ".."), process.env.PATH].join(delimiter),
      TMPDIR: scratch,
      STATE_DIR: scratch,
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      IOT_MTLS_ENABLED: "0",
      AUTH: "true",
      // At lower levels MiniStack logs published messages. The functions' logs in the same file must not contain any.
      LOG_LEVEL: "WARNING",
    },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  await healthy(child, endpoint, logFile);
  return {
    endpoint,
    logFile,
    async stop() {
      child.stdin?.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(timer);
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

async function healthy(child: ChildProcess, endpoint: string, logFile: string): Promise<void> {
  await eventually(
    `MiniStack to answer at ${endpoint}; its log is ${logFile}`,
    async () => child.exitCode !== null || (await fetch(`${endpoint}/_ministack/health`)).ok,
    { timeoutMs: 60_000 },
  );
  if (child.exitCode !== null)
    throw new Error(`MiniStack exited while starting:\n${readFileSync(logFile, "utf8")}`);
}

/** Returns the Python of a virtual environment with exactly the packages of `requirements.txt`. */
function install(): string {
  const environment = join(FOLDER, "venv");
  const python = join(environment, "bin", "python");
  const stamp = join(environment, "requirements.txt");
  const wanted = readFileSync(REQUIREMENTS, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return python;
  mkdirSync(FOLDER, { recursive: true });
  console.log(`Installing ${wanted.trim().replace("\n", " and ")} into ${environment}`);
  run(
    "python3",
    ["-m", "venv", "--clear", environment],
    "cannot create a virtual environment: install python3 with its venv module (Debian: python3-venv)",
  );
  run(
    python,
    ["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS],
    "pip could not install MiniStack",
  );
  writeFileSync(stamp, wanted);
  return python;
}

function run(command: string, args: string[], problem: string): void {
  try {
    execFileSync(command, args, { stdio: "inherit" });
  } catch (cause) {
    throw new Error(problem, { cause });
  }
}

function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("AWS_")));
}
