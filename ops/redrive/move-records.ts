import { PublishCommand, type PublishCommandInput } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
} from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { entriesMessage } from "../../functions/adapters/sns/entries-message.ts";
import { outboundMessage } from "../../functions/adapters/sns/topics.ts";
import { PublishedFrame } from "../../functions/ports/published-frame.ts";
import { CHANNELS } from "../../wiring/manifest.ts";
import type { Arguments } from "./arguments.ts";
import { formatDuration } from "./duration.ts";
import type { RedriveTarget } from "./target.ts";

export interface MoveOptions {
  readonly channel: Arguments["channel"];
  /** Records received longer ago are not put back. */
  readonly maxAgeMs: number;
  readonly dryRun: boolean;
  /** Delete records that are too old. */
  readonly purgeOld: boolean;
  readonly nowMs: number;
  /** Receives one line for each record: its ids, never its content. */
  readonly report: (line: string) => void;
}

export interface Summary {
  readonly putBack: number;
  /** Includes every block and unblock. */
  readonly tooOld: number;
  readonly purged: number;
  /** Records that are neither a frame nor a delivery, which cannot be put back. */
  readonly unreadable: number;
  /** Records in the queue afterwards. A record that stays hides later ones of its conversation. */
  readonly left: number;
}

/** Time in which no consumer, this run included, receives the same record again. */
const VISIBILITY_SECONDS = 300;
const LONG_POLL_SECONDS = 2;

/** A parsed record and the message that puts it back. */
interface ParsedRecord {
  readonly description: string;
  readonly receivedAtMs: number;
  /** True for a block or unblock, which is too old at any age: its user was refused, and may have decided otherwise since. */
  readonly isControl?: boolean;
  readonly message: Omit<PublishCommandInput, "TopicArn"> | undefined;
}

/**
 * Moves every record that the queue returns to the topic. A record is deleted only after it is published, so it may come
 * twice but is never lost. In a FIFO queue the order of a conversation is kept. Records that stay are made visible again.
 */
export async function moveRecords(target: RedriveTarget, options: MoveOptions): Promise<Summary> {
  const { sqs, queueUrl: QueueUrl } = target;
  const counts = { putBack: 0, tooOld: 0, purged: 0, unreadable: 0 };
  const kept: Message[] = [];
  try {
    for (let batch = await receive(target); batch.length > 0; batch = await receive(target)) {
      kept.push(...batch);
      for (const message of batch) {
        const outcome = await moveOne(target, options, message);
        counts[outcome] += 1;
        const gone = outcome === "putBack" || outcome === "purged";
        if (gone && !options.dryRun) {
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
          kept.splice(kept.indexOf(message), 1);
        }
      }
    }
  } finally {
    for (const message of kept) await release(target, message);
  }
  return { ...counts, left: await depth(target) };
}

/** The ways in which SQS says that the visibility of a message has ended. */
const ENDED_VISIBILITY = new Set(["InvalidParameterValue", "MessageNotInflight", "ReceiptHandleIsInvalid"]);

/** Makes a record visible again, which it is already after a run that took longer than its visibility timeout. */
async function release(
  { sqs, queueUrl: QueueUrl }: RedriveTarget,
  { ReceiptHandle }: Message,
): Promise<void> {
  try {
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  } catch (error) {
    if (!(error instanceof Error && ENDED_VISIBILITY.has(error.name))) throw error;
  }
}

async function moveOne(
  { sns, topicArn }: RedriveTarget,
  { channel, maxAgeMs, dryRun, purgeOld, nowMs, report }: MoveOptions,
  record: Message,
): Promise<"putBack" | "tooOld" | "purged" | "unreadable"> {
  const content =
    channel === "entries" ? parseFrame(record) : parseDelivery(record, CHANNELS[channel].filterPolicy.type);
  const ageMs = nowMs - content.receivedAtMs;
  const would = dryRun ? "would be " : "";
  const log = (what: string) => report(`${what}: ${content.description}, ${formatDuration(ageMs)} old`);
  if (ageMs > maxAgeMs || content.isControl) {
    log(purgeOld ? `${would}purged` : "too old");
    return purgeOld ? "purged" : "tooOld";
  }
  if (content.message === undefined) {
    log("unreadable");
    return "unreadable";
  }
  if (!dryRun) await sns.send(new PublishCommand({ TopicArn: topicArn, ...content.message }));
  log(`${would}put back`);
  return "putBack";
}

const FrameBody = v.pipe(v.string(), v.parseJson(), PublishedFrame);

function parseFrame({ Body = "", MessageId = "", Attributes }: Message): ParsedRecord {
  const parsed = v.safeParse(FrameBody, Body);
  if (!parsed.success || parsed.output.conversation !== Attributes?.MessageGroupId) {
    return {
      description: `record ${MessageId}`,
      receivedAtMs: Number(Attributes?.SentTimestamp),
      message: undefined,
    };
  }
  const { frame, conversation, entries, control, receivedAtMs } = parsed.output;
  const content = control?.type ?? `entries ${entries.map(({ id }) => id).join(" ")}`;
  return {
    description: `frame ${frame} of ${conversation}, ${content}`,
    receivedAtMs,
    isControl: control !== undefined,
    // New each time the frame is parked, because SNS may still remember the id of the first publish.
    message: entriesMessage(Body, conversation, `redrive-${MessageId}`),
  };
}

const DeliveryBody = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    type: v.string(),
    target: v.optional(v.object({ connection: v.string() })),
  }),
);

function parseDelivery(
  { Body = "", MessageId = "", Attributes }: Message,
  types: readonly string[],
): ParsedRecord {
  const receivedAtMs = Number(Attributes?.SentTimestamp);
  const parsed = v.safeParse(DeliveryBody, Body);
  if (!parsed.success || !types.includes(parsed.output.type))
    return { description: `record ${MessageId}`, receivedAtMs, message: undefined };
  const { type, target } = parsed.output;
  return {
    description: [type, MessageId, ...(target ? [`to ${target.connection}`] : [])].join(" "),
    receivedAtMs,
    message: outboundMessage(Body, { type }),
  };
}

async function receive({ sqs, queueUrl: QueueUrl }: RedriveTarget): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: LONG_POLL_SECONDS,
      VisibilityTimeout: VISIBILITY_SECONDS,
      MessageSystemAttributeNames: ["All"],
    }),
  );
  return Messages;
}

async function depth({ sqs, queueUrl: QueueUrl }: RedriveTarget): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  return Object.values(Attributes ?? {}).reduce((sum, value) => sum + Number(value), 0);
}
