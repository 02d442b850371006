import { parseArgs } from "node:util";
import {
  type DeploymentSelector,
  parseSelector,
  SELECTOR_OPTIONS,
  SELECTOR_USAGE,
} from "../../deployment/selector.ts";
import { parseOrUsageError, UsageError } from "../command.ts";
import { parseDuration } from "./duration.ts";

export const USAGE = `Usage: npm run redrive -- <deployment> [options]

Puts parked records back on their topic, unchanged: frames that could not be committed, or (--channel outbound)
deliveries that could not be pushed, or (--channel notices) changes of presence that watchers were not told. It is safe to repeat, also while clients resend: no message is doubled.

Deployment, one of
${SELECTOR_USAGE}
  --queue-url <url> --topic-arn <arn>
                       any queue and topic of Parley
  --endpoint-url <url> endpoint of SNS and SQS for these two, if not AWS

  --channel <name>     entries (default), outbound or notices
  --max-age <time>     leave records received longer ago: 90s, 10m, 2h, 1d (default 10m)
  --dry-run            only print what would be done
  --purge-old          delete records that are too old
  --help               show this text
`;

/** Channels whose records can be put back. */
const REDRIVEN_CHANNELS = ["entries", "outbound", "notices"] as const;

/** A queue and a topic given as arguments. */
interface ExplicitTarget {
  readonly queueUrl: string;
  readonly topicArn: string;
  readonly endpointUrl: string | undefined;
}

export interface Arguments {
  readonly target: DeploymentSelector | ExplicitTarget;
  readonly channel: (typeof REDRIVEN_CHANNELS)[number];
  readonly maxAgeMs: number;
  readonly dryRun: boolean;
  readonly purgeOld: boolean;
}

export function readArguments(args: readonly string[]): Arguments | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const channel = REDRIVEN_CHANNELS.find((one) => one === values.channel);
  if (channel === undefined) {
    throw new UsageError(`--channel must be entries, outbound or notices, not "${values.channel}".`);
  }
  const maxAgeMs = parseDuration(values["max-age"]);
  if (maxAgeMs === undefined)
    throw new UsageError(`--max-age must be a duration such as 10m, not "${values["max-age"]}".`);
  return {
    target: readTarget(values),
    channel,
    maxAgeMs,
    dryRun: values["dry-run"],
    purgeOld: values["purge-old"],
  };
}

function readTarget(values: ReturnType<typeof parse>): DeploymentSelector | ExplicitTarget {
  const { "queue-url": queueUrl, "topic-arn": topicArn, "endpoint-url": endpointUrl } = values;
  const selector = parseSelector(values);
  if (typeof selector === "string") throw new UsageError(selector);
  const isExplicit = queueUrl !== undefined || topicArn !== undefined;
  if (isExplicit === (selector !== undefined)) {
    throw new UsageError(
      "Choose a deployment: --env, --stack, --outputs, --local, or --queue-url and --topic-arn.",
    );
  }
  if (selector !== undefined) {
    if (endpointUrl !== undefined) {
      throw new UsageError(
        "--endpoint-url needs --queue-url and --topic-arn; for a stack, set AWS_ENDPOINT_URL.",
      );
    }
    return selector;
  }
  if (queueUrl === undefined || topicArn === undefined) {
    throw new UsageError("--queue-url and --topic-arn must be given together.");
  }
  return { queueUrl, topicArn, endpointUrl };
}

function parse(args: readonly string[]) {
  return parseOrUsageError(
    () =>
      parseArgs({
        args: [...args],
        options: {
          ...SELECTOR_OPTIONS,
          "queue-url": { type: "string" },
          "topic-arn": { type: "string" },
          "endpoint-url": { type: "string" },
          channel: { type: "string", default: "entries" },
          "max-age": { type: "string", default: "10m" },
          "dry-run": { type: "boolean", default: false },
          "purge-old": { type: "boolean", default: false },
          help: { type: "boolean", default: false },
        },
      }).values,
  );
}
