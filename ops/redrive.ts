/** `npm run redrive -- --env prod --dry-run`: puts parked records back on their topic. */
import { runCommand } from "./command.ts";
import { readArguments, USAGE } from "./redrive/arguments.ts";
import { moveRecords, type Summary } from "./redrive/move-records.ts";
import { findTarget } from "./redrive/target.ts";

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

await runCommand(USAGE, readArguments, async (args) => {
  const report = (line: string) => console.log(line);
  const summary = await moveRecords(await findTarget(args), { ...args, nowMs: Date.now(), report });
  console.log(describe(summary, args.dryRun));
  const hidden = args.dryRun || summary.tooOld + summary.unreadable > 0;
  if (hidden && summary.left > 0) console.log("A record that stays hides later records of its conversation.");
  return 0;
});
