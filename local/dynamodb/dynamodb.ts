import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { readPid } from "../data-folder.ts";
import { LOOPBACK, listen } from "../http/listen.ts";
import { StartError } from "../util/start-error.ts";
import { waitFor } from "../util/wait-for.ts";

/** A DynamoDB endpoint; `died` settles when it ended without being asked to. */
export interface DynamoDb {
  readonly endpoint: string;
  /** Not ours: other clouds may use it too, and it outlives us. */
  readonly external: boolean;
  readonly died: Promise<Error>;
  stop(): Promise<void>;
}

const ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB";
const START_TIMEOUT_MS = 10_000;
const PORT_ATTEMPTS = 5;

/** The endpoint the environment names, or else dynoxide as a child process. */
export async function startDynamoDb(options: { dataDir?: string | undefined }): Promise<DynamoDb> {
  const endpoint = process.env[ENDPOINT_VARIABLE];
  if (endpoint !== undefined && endpoint !== "") {
    return { endpoint, external: true, died: new Promise(() => {}), stop: async () => {} };
  }
  const binary = findBinary();
  if (options.dataDir !== undefined) {
    mkdirSync(options.dataDir, { recursive: true });
    await endLeftover(options.dataDir);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await startChild(binary, await freePort(), options.dataDir);
    } catch (error) {
      // Between finding a free port and binding it, someone else may take it.
      if (attempt === PORT_ATTEMPTS || !(error instanceof ChildEnded)) throw error;
    }
  }
}

class ChildEnded extends Error {}

/**
 * $1 is a file for the child's process id, the rest the command. Our end of the inherited stdin closes when this
 * process ends, even by kill -9; the reader sees it and kills the child, which therefore never outlives us.
 */
const WATCHED = `
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
  // A session of its own: Ctrl-C in the terminal is for us, who still need the table to stop in order.
  const child = spawn("sh", ["-c", WATCHED, "parley-dynamodb", pidFile(dataDir), ...command], {
    stdio: ["pipe", "ignore", "pipe"],
    detached: true,
  });
  const complaint = collectTail(child);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const endpoint = `http://${LOOPBACK}:${port}`;
  let stopping = false;
  const died = exited.then((how) => {
    if (stopping) return new Promise<Error>(() => {});
    return new ChildEnded(`DynamoDB (dynoxide) ended unexpectedly: ${how}. ${complaint()}`.trim());
  });
  const stop = async () => {
    stopping = true;
    child.stdin?.end();
    await exited;
  };
  try {
    await Promise.race([answers(endpoint), died.then((error) => Promise.reject(error))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, external: false, died, stop };
}

async function answers(endpoint: string): Promise<void> {
  await waitFor("DynamoDB (dynoxide) to answer", START_TIMEOUT_MS, async () => {
    try {
      await fetch(endpoint, { signal: AbortSignal.timeout(1000) });
      return true;
    } catch {
      return false; // Not listening yet.
    }
  });
}

function databaseFile(dataDir: string): string {
  return join(dataDir, "table.db");
}

function pidFile(dataDir: string | undefined): string {
  return dataDir === undefined ? "/dev/null" : join(dataDir, "dynoxide.pid");
}

/** Two processes on one file are not refused by dynoxide and would corrupt it. */
async function endLeftover(dataDir: string): Promise<void> {
  const pid = readPid(pidFile(dataDir));
  if (pid === undefined) return;
  const runs = () => commandLine(pid).includes(databaseFile(dataDir));
  if (!runs()) return;
  process.kill(pid, "SIGKILL");
  await waitFor(`process ${pid}, a leftover of the last run, to end`, START_TIMEOUT_MS, async () => !runs());
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return []; // There is no such process any more.
  }
}

function collectTail(child: ChildProcess): () => string {
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
      `No DynamoDB for ${process.platform}-${process.arch} comes with npm install. Start one, for instance Amazon's ` +
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
