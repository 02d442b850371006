import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Declarations } from "./declarations.ts";

const SOURCE = join(import.meta.dirname, "src");
const PROTOCOL = join(import.meta.dirname, "../protocol");

/**
 * Returns the names of properties that minification must not change, because others rely on them: applications, the
 * server, the platform, and other releases of the library that read stored records. They are derived generously: any
 * word in the texts that could define such a name counts as one.
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
    // A property may also be accessed by its name in a string.
    ...sources.flatMap((file) => read(join(SOURCE, file)).match(/(["'`])\w+\1/g) ?? []),
  ];
  return new Set(texts.flatMap((text) => text.match(/[A-Za-z_$][\w$]*/g) ?? []));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}
