import type { CreateTopicCommandInput, SubscribeCommandInput } from "@aws-sdk/client-sns";
import type { CreateQueueCommandInput } from "@aws-sdk/client-sqs";
import { LANE_COUNTS, laneFilterPolicy, laneSuffix } from "../../wiring/lanes.ts";
import { CHANNELS, type ChannelName, type ChannelSpec } from "../../wiring/manifest.ts";
import { ACCOUNT } from "../util/sdk.ts";

const PREFIX = "parley";

export const CHANNEL_NAMES = Object.keys(CHANNELS) as ChannelName[];

export function channelSpec(channel: ChannelName): ChannelSpec {
  return CHANNELS[channel];
}

export type QueueInput = CreateQueueCommandInput & { readonly QueueName: string };

/** One of the queues that share a topic's messages. */
interface LaneInputs {
  readonly queueArn: string;
  readonly queue: QueueInput;
  readonly subscription: SubscribeCommandInput & { Attributes: Record<string, string> };
}

/** Inputs of the create calls of one channel. ARNs follow from region and names. The channel itself is the first lane. */
export interface ChannelInputs extends LaneInputs {
  readonly topicArn: string;
  readonly topic: Required<Pick<CreateTopicCommandInput, "Name" | "Attributes">>;
  readonly parkedQueue: QueueInput | undefined;
  readonly deadLetterQueue: QueueInput;
  readonly deadLetterQueueArn: string;
  readonly moreLanes: readonly LaneInputs[];
  /** Queues that would be lanes if there were more of them: an earlier start may have created them. */
  readonly formerLaneArns: readonly string[];
}

export interface ChannelOptions {
  /** @default 1 */
  readonly lanes?: number | undefined;
  /** @default as deployed */
  readonly maxReceiveCount?: number | undefined;
  /** `maxReceiveCount` of the dead-letter queue. @default as deployed */
  readonly deadLetterMaxReceiveCount?: number | undefined;
  /** Delay of the lanes' messages. @default as deployed */
  readonly delaySeconds?: number | undefined;
}

export function lanesOf(inputs: ChannelInputs): readonly LaneInputs[] {
  return [inputs, ...inputs.moreLanes];
}

export function channelInputs(
  channel: ChannelName,
  region: string,
  { lanes = 1, ...options }: ChannelOptions = {},
): ChannelInputs {
  const spec = channelSpec(channel);
  const fifo = spec.queueAttributes.FifoQueue === "true" ? ".fifo" : "";
  const nameOf = (part: string) => `${[PREFIX, channel, part].filter(Boolean).join("-")}${fifo}`;
  const sqsArn = (name: string) => `arn:aws:sqs:${region}:${ACCOUNT}:${name}`;
  const topicName =
    spec.topicOf === undefined ? nameOf("") : (channelInputs(spec.topicOf, region).topic.Name ?? "");
  const topicArn = `arn:aws:sns:${region}:${ACCOUNT}:${topicName}`;
  const deadLetterQueueArn = sqsArn(nameOf("dead"));
  const redrive = (deadLetterTargetArn: string, maxReceiveCount: number) => ({
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }),
  });

  const laneInputs = (lane: number): LaneInputs => {
    const name = nameOf(laneSuffix(lane));
    const filterPolicy = laneFilterPolicy(spec.filterPolicy, lane, lanes);
    return {
      queueArn: sqsArn(name),
      queue: {
        QueueName: name,
        Attributes: {
          ...spec.queueAttributes,
          ...(options.delaySeconds !== undefined && { DelaySeconds: String(options.delaySeconds) }),
          ...redrive(deadLetterQueueArn, options.maxReceiveCount ?? spec.maxReceiveCount),
        },
      },
      subscription: {
        TopicArn: topicArn,
        Protocol: "sqs",
        Endpoint: sqsArn(name),
        Attributes: {
          RawMessageDelivery: "true",
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterQueueArn }),
          ...(filterPolicy !== undefined && { FilterPolicy: JSON.stringify(filterPolicy) }),
        },
      },
    };
  };
  const { deadLetters } = spec;
  return {
    ...laneInputs(0),
    moreLanes: Array.from({ length: lanes - 1 }, (_, index) => laneInputs(index + 1)),
    formerLaneArns: Array.from({ length: Math.max(...LANE_COUNTS) - lanes }, (_, index) =>
      sqsArn(nameOf(laneSuffix(lanes + index))),
    ),
    topicArn,
    topic: { Name: topicName, Attributes: { ...channelSpec(spec.topicOf ?? channel).topicAttributes } },
    parkedQueue: deadLetters && {
      QueueName: nameOf("parked"),
      Attributes: { ...deadLetters.parkedQueueAttributes },
    },
    deadLetterQueueArn,
    deadLetterQueue: {
      QueueName: nameOf("dead"),
      Attributes: {
        ...spec.deadLetterQueueAttributes,
        ...(deadLetters &&
          redrive(
            sqsArn(nameOf("parked")),
            options.deadLetterMaxReceiveCount ?? deadLetters.maxReceiveCount,
          )),
      },
    },
  };
}
