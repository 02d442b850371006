import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { LOOPBACK, listen } from "../http/listen.ts";
import { readPid } from "../util/read-pid.ts";
import { StartError } from "../util/start-error.ts";
import { waitFor } from "../util/wait-for.ts";

/** A DynamoDB endpoint. */
export interface DynamoDb {
  readonly endpoint: string;
  /** True if this process did not start it: it outlives us, and other clouds may use it too. */
  readonly external: boolean;
  /** Resolves when it ended although nobody called `stop`. */
  readonly died: Promise<Error>;
  stop(): Promise<void>;
}

const ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB";
const START_TIMEOUT_MS = 10_000;
const PORT_ATTEMPTS = 5;

/** Uses the endpoint that the environment names, or else starts dynoxide as a child process. */
export async function startDynamoDb(options: { dataDir?: string | undefined }): Promise<DynamoDb> {
  const endpoint = process.env[ENDPOINT_VARIABLE];
  if (endpoint !== undefined && endpoint !== "") {
    return { endpoint, external: true, died: new Promise(() => {}), stop: async () => {} };
  }
  const binary = findBinary();
  if (options.dataDir !== undefined) {
    mkdirSync(options.dataDir, { recursive: true });
    await killLeftover(options.dataDir);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await startChild(binary, await freePort(), options.dataDir);
    } catch (error) {
      // Another process may have taken the free port before dynoxide could bind it.
      if (attempt === PORT_ATTEMPTS || !(error instanceof ChildEnded)) throw error;
    }
  }
}

class ChildEnded extends Error {}

/**
 * Shell script that runs a command as a child: $1 is a file for the child's process id, the other arguments are the
 * command. Our end of the inherited stdin closes when this process ends, even by kill -9. The reader then kills the
 * child, which therefore never outlives us.
 */
const SUPERVISED = `
pidfile=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
echo $child >"$pidfile"
(while read -r _ <&3; do :; done; kill -KILL $child) &
watcher=$!
wait $child
status=$?
kill -KILL $watcher
exit $status`;

async function startChild(binary: string, port: number, dataDir: string | undefined): Promise<DynamoDb> {
  const command = [binary, "serve", "--host", LOOPBACK, "--port", String(port)];
  if (dataDir !== undefined) command.push("--db-path", databaseFile(dataDir));
  // In its own session, so that Ctrl-C reaches only this process, which needs the table until it has stopped.
  const child = spawn("sh", ["-c", SUPERVISED, "parley-dynamodb", pidFile(dataDir), ...command], {
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
  });
  const stderr = collectStderr(child);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const endpoint = `http://${LOOPBACK}:${port}`;
  let stopping = false;
  const died = exited.then((how) => {
    if (stopping) return new Promise<Error>(() => {});
    return new ChildEnded(`DynamoDB (dynoxide) ended unexpectedly: ${how}. ${stderr()}`.trim());
  });
  const stop = async () => {
    stopping = true;
    child.stdin?.end();
    await exited;
  };
  try {
    await Promise.race([waitUntilItAnswers(endpoint), died.then((error) => Promise.reject(error))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, external: false, died, stop };
}

async function waitUntilItAnswers(endpoint: string): Promise<void> {
  await waitFor("DynamoDB (dynoxide) to answer", START_TIMEOUT_MS, async () => {
    try {
      await fetch(endpoint, { signal: AbortSignal.timeout(1000) });
      return true;
    } catch {
      return false; // It is not listening yet.
    }
  });
}

function databaseFile(dataDir: string): string {
  return join(dataDir, "table.db");
}

function pidFile(dataDir: string | undefined): string {
  return dataDir === undefined ? "/dev/null" : join(dataDir, "dynoxide.pid");
}

/** Kills a dynoxide that an earlier run left behind: it allows two processes on one file, which would corrupt the file. */
async function killLeftover(dataDir: string): Promise<void> {
  const pid = readPid(pidFile(dataDir));
  if (pid === undefined) return;
  const runs = () => commandLine(pid).includes(databaseFile(dataDir));
  if (!runs()) return;
  process.kill(pid, "SIGKILL");
  await waitFor(`process ${pid}, left over from the last run, to end`, START_TIMEOUT_MS, async () => !runs());
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // The process has ended.
  }
}

function collectStderr(child: ChildProcess): () => string {
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-2000);
  });
  return () => tail.trim();
}

function findBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    return join(createRequire(import.meta.url).resolve(`${name}/package.json`), "..", "dynoxide");
  } catch {
    throw new StartError(
      `No DynamoDB for ${process.platform}-${process.arch} comes with npm install. Start one yourself, for instance Amazon's ` +
        "DynamoDB Local (Maven com.amazonaws:DynamoDBLocal, Java 17, or the Docker image amazon/dynamodb-local), " +
        `and set ${ENDPOINT_VARIABLE}=http://127.0.0.1:8000.`,
    );
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, 0);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
