/** `npm run export -- --env prod --user alice --out alice.jsonl`: writes what a user owns, as JSON lines. */
import { parseArgs } from "node:util";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { toDeploymentError } from "../deployment/aws-error.ts";
import { outputOf } from "../deployment/deployment.ts";
import { findDeployment } from "../deployment/find-deployment.ts";
import { SELECTOR_USAGE } from "../deployment/selector.ts";
import { DynamoConversationLog } from "../functions/adapters/dynamodb/conversation-log.ts";
import { DynamoInbox } from "../functions/adapters/dynamodb/inbox.ts";
import { DynamoLeases } from "../functions/adapters/dynamodb/leases.ts";
import {
  parseOrUsageError,
  readUserOfDeployment,
  runCommand,
  USER_OPTIONS,
  UsageError,
  type UserOfDeployment,
} from "./command.ts";
import { counted, lineWriter, NO_COUNTS, reopened } from "./export/export-file.ts";
import { exportLines } from "./export/export-user.ts";
import { plural } from "./plural.ts";

const USAGE = `Usage: npm run export -- --user <id> <deployment> [options]

Writes the user's profile, conversations, settings, receipts, entries and reactions as JSON lines. What others have said is
not in it. Run again with the same file, it goes on where it was interrupted.

Deployment, one of
${SELECTOR_USAGE}

  --user <id>          the user
  --out <file>         the file to write (default standard output)
  --help               show this text
`;

interface Arguments extends UserOfDeployment {
  readonly out: string | undefined;
}

function readArguments(args: readonly string[]): Arguments | "help" {
  const { values } = parseOrUsageError(() =>
    parseArgs({ args: [...args], options: { ...USER_OPTIONS, out: { type: "string" } } }),
  );
  if (values.help) return "help";
  return { ...readUserOfDeployment(values), out: values.out };
}

/** Lines between two signs of progress. */
const SHOWN_EACH = 500;

await runCommand(USAGE, readArguments, async ({ user, out, selector }) => {
  const deployment = await findDeployment(selector);
  const before = out === undefined ? undefined : await reopened(out);
  if (before !== undefined && (before.user !== user || before.deployment !== deployment.name)) {
    throw new UsageError(`${out} is an export of ${before.user} from ${before.deployment}.`);
  }
  if (before?.isComplete) {
    console.error(`${out} is complete.`);
    return 0;
  }
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(deployment.clientOptions("dynamodb")));
  const table = outputOf(deployment, "TableName");
  const source = {
    log: new DynamoConversationLog(client, table),
    inbox: new DynamoInbox(client, table),
    leases: new DynamoLeases(client, table),
  };
  const writer = await lineWriter(out);
  const show = process.stderr.isTTY ? (text: string) => process.stderr.write(`\r\x1b[K${text}`) : undefined;
  let counts = before?.counts ?? NO_COUNTS;
  try {
    let lines = 0;
    const input = { user, deployment: deployment.name, from: before?.place };
    for await (const line of exportLines(source, input, new AbortController().signal)) {
      await writer.write(line);
      counts = counted(counts, line);
      lines += 1;
      if (lines % SHOWN_EACH === 0)
        show?.(
          `${plural(counts.conversations, "conversation")}, ${plural(counts.entries, "entry", "entries")}`,
        );
    }
    await writer.write({ type: "end", ...counts });
    if (show !== undefined) process.stderr.write("\r\x1b[K");
    const { conversations, entries, reactions } = counts;
    console.error(
      `Exported ${user}: ${plural(conversations, "conversation")}, ${plural(entries, "entry", "entries")}, ${plural(reactions, "reaction")}.`,
    );
    return 0;
  } catch (error) {
    const { message, name } = toDeploymentError(error, "dynamodb:Query") ?? (error as Error);
    console.error(`Not complete, run the command again: ${message || name}`);
    return 1;
  } finally {
    await writer.close();
  }
});
