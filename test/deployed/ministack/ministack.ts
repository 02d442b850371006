import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { eventually } from "../../support/eventually.ts";
import { freePort } from "../../support/free-port.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
/** Not in the repository, and kept between runs. */
const FOLDER = join(ROOT, ".parley", "deployed");
const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

export interface MiniStack {
  /** Where all its services are. */
  readonly endpoint: string;
  /** What it and the functions logged. */
  readonly logFile: string;
  stop(): Promise<void>;
}

/** Installs MiniStack if it is not there, and starts it on a free port, with what `launch.py` mends. */
export async function startMiniStack(): Promise<MiniStack> {
  const python = install();
  const port = await freePort();
  const logFile = join(FOLDER, "ministack.log");
  const log = openSync(logFile, "w");
  // Outside the repository, whose package.json would make ES modules of the CommonJS that runs its functions.
  const scratch = mkdtempSync(join(tmpdir(), "parley-ministack-"));
  const child = spawn(python, [join(import.meta.dirname, "launch.py")], {
    // It ends when its standard input does: however this process ends, nothing stays behind.
    stdio: ["pipe", log, log],
    // Not with Ctrl-C, but when the stack has been destroyed.
    detached: true,
    env: {
      // Its functions run on the Node this runs on, and with nobody's AWS settings.
      ...withoutAws(process.env),
      PATH: [join(process.execPath, ".."), process.env.PATH].join(delimiter),
      TMPDIR: scratch,
      STATE_DIR: scratch,
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "127.0.0.1",
      IOT_MTLS_ENABLED: "0",
      // Its own messages hold what is published; the functions' logs, in the same file, must not.
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
  if (child.exitCode !== null) throw new Error(`MiniStack ended:\n${readFileSync(logFile, "utf8")}`);
}

/** The Python of an environment that has exactly what `requirements.txt` names. */
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
    "python3 with its venv module is needed (Debian: python3-venv)",
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
