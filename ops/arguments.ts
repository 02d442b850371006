import { parseArgs } from "node:util";
import { parseDuration } from "./duration.ts";

export const USAGE = `Usage: npm run redrive -- <where> [options]

Puts parked records back on their topic, unchanged: frames that could not be committed, or (--channel outbound)
deliveries that could not be pushed. Doing so twice, or while clients send the same again, doubles nothing.

Where, one of
  --stack <name>       a deployed stack, by what \`cdk deploy --outputs-file\` wrote (--outputs <file>, default
                       cdk.outputs.json)
  --local <url>        an embedded cloud, by what npm start says: http://127.0.0.1:4510
  --queue-url <url> --topic-arn <arn>
                       from any queue to any topic of ours

  --endpoint-url <url> of SNS and SQS, if not AWS's own
  --channel <name>     entries (default) or outbound
  --max-age <time>     leave what was received longer ago: 90s, 10m, 2h, 1d (default 10m)
  --dry-run            only say what would be done
  --purge-old          delete what is too old
  --help               show this
`;

export class UsageError extends Error {}

/** Channels whose records can be put back. */
type RedrivenChannel = "entries" | "outbound";

export interface Arguments {
  readonly stack: string | undefined;
  readonly outputs: string;
  readonly local: string | undefined;
  readonly queueUrl: string | undefined;
  readonly topicArn: string | undefined;
  readonly endpointUrl: string | undefined;
  readonly channel: RedrivenChannel;
  readonly maxAgeMs: number;
  readonly dryRun: boolean;
  readonly purgeOld: boolean;
}

export function readArguments(args: readonly string[]): Arguments | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const { channel } = values;
  if (channel !== "entries" && channel !== "outbound") {
    throw new UsageError(`--channel is entries or outbound, not "${channel}".`);
  }
  const maxAgeMs = parseDuration(values["max-age"]);
  if (maxAgeMs === undefined) throw new UsageError(`--max-age is like 10m, not "${values["max-age"]}".`);
  const byHand = values["queue-url"] !== undefined || values["topic-arn"] !== undefined;
  if ([values.stack, values.local, byHand || undefined].filter((where) => where !== undefined).length !== 1) {
    throw new UsageError("Say where: --stack, --local, or --queue-url and --topic-arn.");
  }
  if (byHand && (values["queue-url"] === undefined || values["topic-arn"] === undefined)) {
    throw new UsageError("--queue-url and --topic-arn go together.");
  }
  return {
    stack: values.stack,
    outputs: values.outputs,
    local: values.local,
    queueUrl: values["queue-url"],
    topicArn: values["topic-arn"],
    endpointUrl: values["endpoint-url"],
    channel,
    maxAgeMs,
    dryRun: values["dry-run"],
    purgeOld: values["purge-old"],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        stack: { type: "string" },
        outputs: { type: "string", default: "cdk.outputs.json" },
        local: { type: "string" },
        "queue-url": { type: "string" },
        "topic-arn": { type: "string" },
        "endpoint-url": { type: "string" },
        channel: { type: "string", default: "entries" },
        "max-age": { type: "string", default: "10m" },
        "dry-run": { type: "boolean", default: false },
        "purge-old": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
