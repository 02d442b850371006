import type { FunctionName } from "../../wiring/manifest.ts";
import type { Channels } from "./channels.ts";
import { type EventSource, startEventSource } from "./event-source.ts";
import { type Messaging, queueUrl } from "./messaging.ts";
import { CHANNEL_NAMES, channelSpec, lanesOf } from "./resources.ts";

export interface TriggersOptions {
  readonly messaging: Messaging;
  readonly channels: Channels;
  readonly region: string;
  /** Largest number of batches of a function in parallel, if its trigger allows as many. */
  readonly concurrency: (name: FunctionName) => number;
  /** Returns the function that invokes a Lambda function with the batches of a queue. */
  readonly invokeFrom: (queueName: string) => (functionName: string, event: unknown) => Promise<unknown>;
  /** @default 1000 */
  readonly errorRetryDelayMs?: number | undefined;
  readonly log: (line: string) => void;
}

/** The event source mappings between the queues of all channels and their functions. */
export interface Triggers {
  /** Stops polling the function's queues, or only one lane; batches under way are finished. */
  pause(name: FunctionName, lane?: number): void;
  resume(name: FunctionName, lane?: number): void;
  stop(): Promise<void>;
}

type Trigger = ReturnType<typeof channelSpec>["trigger"];

interface QueueId {
  readonly name: string;
  readonly arn: string;
}

/** Connects the lanes and the dead-letter queue of each channel to the functions that the manifest names. */
export function startTriggers(options: TriggersOptions): Triggers {
  const sources = new Map<FunctionName, readonly EventSource[]>();
  for (const channel of CHANNEL_NAMES) {
    const connect = (trigger: Trigger, queues: readonly QueueId[]) => {
      const connected = queues.map((queue) => connectTrigger(options, trigger, queue));
      sources.set(trigger.function, [...(sources.get(trigger.function) ?? []), ...connected]);
    };
    const { trigger, deadLetters } = channelSpec(channel);
    const inputs = options.channels[channel];
    connect(
      trigger,
      lanesOf(inputs).map(({ queue, queueArn }) => ({ name: queue.QueueName, arn: queueArn })),
    );
    if (deadLetters !== undefined) {
      const { deadLetterQueue, deadLetterQueueArn } = inputs;
      connect(deadLetters.trigger, [{ name: deadLetterQueue.QueueName, arn: deadLetterQueueArn }]);
    }
  }
  return {
    pause(name, lane) {
      for (const source of sourcesOf(sources, name, lane)) source.pause();
    },
    resume(name, lane) {
      for (const source of sourcesOf(sources, name, lane)) source.resume();
    },
    async stop() {
      await Promise.all([...sources.values()].flat().map((source) => source.stop()));
    },
  };
}

function connectTrigger(options: TriggersOptions, trigger: Trigger, queue: QueueId): EventSource {
  const { messaging, region, errorRetryDelayMs, log } = options;
  const invoke = options.invokeFrom(queue.name);
  return startEventSource({
    sqs: messaging.sqs,
    queueUrl: queueUrl(messaging.endpoint, queue.name),
    queueArn: queue.arn,
    region,
    batchSize: trigger.batchSize,
    concurrency: Math.min(options.concurrency(trigger.function), trigger.maximumConcurrency),
    errorRetryDelayMs,
    returnToQueue: (handles, delayMs) => messaging.returnToQueue(queue.name, handles, delayMs),
    invoke: (event) => invoke(trigger.function, event),
    log,
  });
}

function sourcesOf(
  sources: ReadonlyMap<FunctionName, readonly EventSource[]>,
  name: FunctionName,
  lane: number | undefined,
): readonly EventSource[] {
  const all = sources.get(name) ?? [];
  const selected = all.filter((_, index) => lane === undefined || lane === index);
  if (selected.length === 0)
    throw new Error(`${name} has no ${lane === undefined ? "queue" : `lane ${lane}`}`);
  return selected;
}
