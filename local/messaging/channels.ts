import type { ChannelName } from "../../wiring/manifest.ts";
import { type Messaging, type QueueDepth, queueUrl } from "./messaging.ts";
import { type ChannelInputs, channelInputs, lanesOf } from "./resources.ts";

export interface ChannelsOptions {
  /** Number of queues that share the frames, by conversation: 1, 2, 4, 8 or 16. @default 1 */
  readonly lanes?: number | undefined;
  /**
   * Receives after which a record becomes a dead letter, or a dead letter is parked. A dead letter keeps the count of
   * its first queue, so its limit must be the higher one. @default as deployed
   */
  readonly maxReceiveCount?: Partial<Record<ChannelName | "entriesDeadLetters", number>> | undefined;
  /**
   * Time that a user without connections still counts as online, in whole seconds: the delay of the presence queue.
   * @default 15
   */
  readonly presenceGraceSeconds?: number | undefined;
}

export interface ChannelResources {
  readonly topicArn: string;
  /** Queue of each lane, in order. */
  readonly queueUrls: readonly string[];
  readonly deadLetterQueueUrl: string;
  /** Undefined for all channels except `entries`. */
  readonly parkedQueueUrl: string | undefined;
}

/** Messages in all lanes together. Of dead letters and parked records, only the visible ones are counted. */
export interface ChannelDepth extends QueueDepth {
  readonly deadLetters: number;
  readonly parked: number;
}

export type Channels = Readonly<Record<ChannelName, ChannelInputs>>;

export function allChannelInputs(options: ChannelsOptions, region: string): Channels {
  const { lanes, maxReceiveCount, presenceGraceSeconds } = options;
  return {
    entries: channelInputs("entries", region, {
      lanes,
      maxReceiveCount: maxReceiveCount?.entries,
      deadLetterMaxReceiveCount: maxReceiveCount?.entriesDeadLetters,
    }),
    outbound: channelInputs("outbound", region, { maxReceiveCount: maxReceiveCount?.outbound }),
    notices: channelInputs("notices", region, { maxReceiveCount: maxReceiveCount?.notices }),
    presence: channelInputs("presence", region, {
      maxReceiveCount: maxReceiveCount?.presence,
      delaySeconds: presenceGraceSeconds,
    }),
  };
}

export function channelResources(inputs: ChannelInputs, sqsEndpoint: string): ChannelResources {
  const urlOf = (name: string) => queueUrl(sqsEndpoint, name);
  return {
    topicArn: inputs.topicArn,
    queueUrls: lanesOf(inputs).map(({ queue }) => urlOf(queue.QueueName)),
    deadLetterQueueUrl: urlOf(inputs.deadLetterQueue.QueueName),
    parkedQueueUrl: inputs.parkedQueue && urlOf(inputs.parkedQueue.QueueName),
  };
}

/** Returns the names of all queues of a channel: lanes, dead letters and parked records. */
export function queueNames(inputs: ChannelInputs): string[] {
  return [...lanesOf(inputs).map(({ queue }) => queue), inputs.deadLetterQueue, inputs.parkedQueue].flatMap(
    (queue) => (queue === undefined ? [] : [queue.QueueName]),
  );
}

export function channelDepth(messaging: Messaging, inputs: ChannelInputs): ChannelDepth {
  const lanes = lanesOf(inputs).map(({ queue }) => messaging.depth(queue.QueueName));
  const total = (countIn: (depth: QueueDepth) => number) =>
    lanes.reduce((sum, depth) => sum + countIn(depth), 0);
  return {
    visible: total(({ visible }) => visible),
    inFlight: total(({ inFlight }) => inFlight),
    delayed: total(({ delayed }) => delayed),
    deadLetters: messaging.depth(inputs.deadLetterQueue.QueueName).visible,
    parked: inputs.parkedQueue === undefined ? 0 : messaging.depth(inputs.parkedQueue.QueueName).visible,
  };
}

/** Ends the visibility of all messages in flight in the lanes of a channel. */
export function expireLanes(messaging: Messaging, inputs: ChannelInputs): void {
  for (const { queue } of lanesOf(inputs)) messaging.expireVisibility(queue.QueueName);
}
