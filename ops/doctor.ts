/** `npm run doctor -- --env dev`: looks a deployment over, sends a message from end to end, and says what is wrong. */
import { parseArgs } from "node:util";
import { findDeployment } from "../deployment/find.ts";
import { readWhere, WHERE_OPTIONS, WHERE_USAGE } from "../deployment/where.ts";
import { parsed, runCommand, UsageError } from "./command.ts";
import { examine } from "./doctor/examine.ts";
import { report } from "./doctor/report.ts";

const USAGE = `Usage: npm run doctor -- <where> [options]

Where, one of
${WHERE_USAGE}

  --json               the findings as JSON
  --help               show this

Exit code 1 if anything is wrong. Where the stack has a user pool, the users doctor-a and doctor-b are made for the visit
and deleted after it; the message they exchange stays in the log. With users from elsewhere, PARLEY_TOKEN_A and
PARLEY_TOKEN_B hold tokens of two of them.
`;

await runCommand(USAGE, async () => {
  const values = parsed(
    () =>
      parseArgs({
        options: {
          ...WHERE_OPTIONS,
          json: { type: "boolean", default: false },
          help: { type: "boolean", default: false },
        },
      }).values,
  );
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const where = readWhere(values);
  if (typeof where === "string") throw new UsageError(where);
  if (where === undefined) throw new UsageError("Say where: --env, --stack, --outputs or --local.");
  const { PARLEY_TOKEN_A: a, PARLEY_TOKEN_B: b } = process.env;
  const findings = await examine(await findDeployment(where), { a, b });
  console.log(values.json ? JSON.stringify(findings, undefined, 2) : report(findings));
  return findings.some(({ state }) => state === "wrong") ? 1 : 0;
});
