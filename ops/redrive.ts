import { readArguments, USAGE, UsageError } from "./arguments.ts";
import { moveRecords, type Summary } from "./move-records.ts";
import { findPlace } from "./place.ts";

function describe({ putBack, tooOld, purged, unreadable, left }: Summary, dryRun: boolean): string {
  const parts = [
    `${putBack} ${dryRun ? "would be " : ""}put back`,
    `${tooOld} too old`,
    `${purged} ${dryRun ? "would be " : ""}purged`,
    `${unreadable} unreadable`,
    `${left} in the queue`,
  ];
  return parts.join(", ");
}

try {
  const args = readArguments(process.argv.slice(2));
  if (args === "help") console.log(USAGE);
  else {
    const report = (line: string) => console.log(line);
    const summary = await moveRecords(await findPlace(args), { ...args, nowMs: Date.now(), report });
    console.log(describe(summary, args.dryRun));
    const hidden = args.dryRun || summary.tooOld + summary.unreadable > 0;
    if (hidden && summary.left > 0)
      console.log("A record that stays hides those behind it in its conversation.");
  }
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else {
    console.error(error);
    process.exitCode = 1;
  }
}
