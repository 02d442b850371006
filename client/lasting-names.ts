import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Declarations } from "./declarations.ts";

const SOURCE = join(import.meta.dirname, "src");
const PROTOCOL = join(import.meta.dirname, "../protocol");

/**
 * Names of properties that somebody else goes by, and that are to stay as they are written: applications, the server,
 * the platform, and other releases of the library that read what this one has kept. Derived, and generous: a word is
 * taken for such a name wherever it stands in the text that could make it one.
 */
export function lastingNames({ published, platform }: Declarations): Set<string> {
  const protocol = readdirSync(PROTOCOL).map((file) => join(PROTOCOL, file));
  const sources = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const read = (file: string) => withoutComments(readFileSync(file, "utf8"));
  const texts = [
    ...[...published.values()].map(withoutComments),
    ...[...protocol, ...platform, join(SOURCE, "outbox/queue-record.ts")].map(read),
    // A property may be reached by its name in a string, too.
    ...sources.flatMap((file) => read(join(SOURCE, file)).match(/(["'`])\w+\1/g) ?? []),
  ];
  return new Set(texts.flatMap((text) => text.match(/[A-Za-z_$][\w$]*/g) ?? []));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}
