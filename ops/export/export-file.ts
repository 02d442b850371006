import { createReadStream, existsSync } from "node:fs";
import { open, readFile, truncate } from "node:fs/promises";
import * as v from "valibot";
import { ExportLine } from "./export-line.ts";
import type { ExportPlace } from "./export-user.ts";

/** Content of the file of an export. */
export interface ExportState {
  readonly user: string;
  readonly deployment: string;
  /** False if it was interrupted. */
  readonly isComplete: boolean;
  /** Where it goes on; undefined: from the beginning. */
  readonly place: ExportPlace | undefined;
  readonly counts: ExportCounts;
}

export interface ExportCounts {
  readonly conversations: number;
  readonly entries: number;
  readonly reactions: number;
}

export const NO_COUNTS: ExportCounts = { conversations: 0, entries: 0, reactions: 0 };

export function counted(counts: ExportCounts, { type }: ExportLine): ExportCounts {
  return {
    conversations: counts.conversations + Number(type === "conversation"),
    entries: counts.entries + Number(type === "entry"),
    reactions: counts.reactions + Number(type === "reaction"),
  };
}

/**
 * Reads the file of an interrupted export, and cuts it where the export goes on: before the lines of the last entry, as
 * there may be more of it. Returns undefined if there is no file, or nothing of use in it. Throws if the file is no export.
 */
export async function reopened(path: string): Promise<ExportState | undefined> {
  if (!existsSync(path)) return undefined;
  let header: Extract<ExportLine, { type: "export" }> | undefined;
  let isComplete = false;
  let place: ExportPlace | undefined;
  /** Bytes and counts before the lines of `place`. */
  let [kept, keptCounts] = [0, NO_COUNTS];
  let [bytes, counts] = [0, NO_COUNTS];
  for await (const text of wholeLines(path)) {
    const line = parsed(text, path);
    if (header === undefined) {
      if (line.type !== "export") throw new Error(`${path} is no export`);
      header = line;
    }
    isComplete = line.type === "end";
    const at = placeOf(line);
    if (at !== undefined && (at.conversation !== place?.conversation || at.seq !== place.seq)) {
      [place, kept, keptCounts] = [at, bytes, counts];
      // The line of a conversation is before its first entry, and stays.
      if (line.type === "conversation") {
        kept = bytes + Buffer.byteLength(text) + 1;
        keptCounts = counted(counts, line);
      }
    }
    bytes += Buffer.byteLength(text) + 1;
    counts = counted(counts, line);
  }
  if (header === undefined) {
    await truncateBeginning(path);
    return undefined;
  }
  const { user, deployment } = header;
  if (isComplete) return { user, deployment, isComplete, place, counts };
  await truncate(path, place === undefined ? 0 : kept);
  return { user, deployment, isComplete, place, counts: keptCounts };
}

const BEGINNING = '{"type":"export"';

/** Empties a file in which an export had not even written its first line. */
async function truncateBeginning(path: string): Promise<void> {
  const text = await readFile(path, "utf8");
  if (!text.startsWith(BEGINNING) && !BEGINNING.startsWith(text)) throw new Error(`${path} is no export`);
  await truncate(path, 0);
}

function placeOf(line: ExportLine): ExportPlace | undefined {
  if (line.type === "conversation") return { conversation: line.conversation, seq: 1 };
  return line.type === "entry" || line.type === "reaction"
    ? { conversation: line.conversation, seq: line.seq }
    : undefined;
}

function parsed(text: string, path: string): ExportLine {
  const line = v.safeParse(v.pipe(v.string(), v.parseJson(), ExportLine), text);
  if (!line.success) throw new Error(`${path} is no export: it has another line`);
  return line.output;
}

/** Yields the lines of a file that end, without their ends. */
async function* wholeLines(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8")) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Appends lines to a file, or to standard output. */
export async function lineWriter(path: string | undefined): Promise<{
  write(line: ExportLine): Promise<void>;
  close(): Promise<void>;
}> {
  if (path === undefined) {
    return {
      write: (line) =>
        new Promise((resolve, reject) => {
          process.stdout.write(`${JSON.stringify(line)}\n`, (error) => (error ? reject(error) : resolve()));
        }),
      close: async () => undefined,
    };
  }
  // Only the operator may read what a user has written.
  const file = await open(path, "a", 0o600);
  return {
    write: async (line) => {
      await file.appendFile(`${JSON.stringify(line)}\n`);
    },
    close: () => file.close(),
  };
}
