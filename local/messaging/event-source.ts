import { setTimeout as pause } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { changeVisibility } from "./messaging.ts";
import { failedMessages, sqsEvent } from "./sqs-event.ts";

export interface EventSourceOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  readonly batchSize: number;
  /** Batches under way at the same time. More than one also for FIFO: fauxqs gives one message per group and receive. */
  readonly concurrency: number;
  /** The queue's `DelaySeconds`: fauxqs (2.4.1) does not apply it to what comes from a topic. @default 0 */
  readonly delayMs?: number | undefined;
  /** @default 1000 */
  readonly errorRetryDelayMs?: number | undefined;
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly log: (line: string) => void;
}

/** What connects a queue to a function. */
export interface EventSource {
  /** Stops taking messages; batches under way are finished. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

const DEFAULT_ERROR_RETRY_DELAY_MS = 1000;
/** Short, because a receive that was given up goes on in fauxqs and would still take a message, for nobody. */
const LONG_POLL_SECONDS = 2;
const MAX_BACKOFF_MS = 5000;

/**
 * An event source mapping. A batch stays in the queue when its function fails, times out or crashes; AWS then
 * shows it again after the queue's whole visibility timeout, we after `errorRetryDelayMs`: nobody at a terminal
 * waits 90 s to see a retry.
 */
export function startEventSource(options: EventSourceOptions): EventSource {
  const { sqs, queueUrl, queueArn, region, batchSize, invoke, log, delayMs = 0 } = options;
  const retryDelayMs = options.errorRetryDelayMs ?? DEFAULT_ERROR_RETRY_DELAY_MS;
  const stopping = new AbortController();
  let resumed = Promise.withResolvers<void>();
  let paused = false;
  resumed.resolve();

  async function poll(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        await resumed.promise;
        const messages = await due(await receive());
        if (messages.length > 0) await handle(messages);
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        const delayMs = Math.min(MAX_BACKOFF_MS, 50 * 2 ** failures++);
        log(`polling ${queueUrl} failed, next attempt in ${delayMs} ms: ${String(error)}`);
        await pause(delayMs, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  }

  async function receive(): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: LONG_POLL_SECONDS,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    const { Messages = [] } = await sqs.send(command, { abortSignal: stopping.signal });
    if (!paused) return Messages;
    // Paused while the receive was under way.
    await showAgain(Messages, 0);
    return [];
  }

  /** Those received before their time are hidden until then; that counts as one receive. */
  async function due(messages: readonly Message[]): Promise<readonly Message[]> {
    if (delayMs === 0) return messages;
    const nowMs = Date.now();
    const leftMs = ({ Attributes }: Message) => Number(Attributes?.SentTimestamp) + delayMs - nowMs;
    const early = messages.filter((message) => leftMs(message) > 0);
    await Promise.all(early.map((message) => showAgain([message], leftMs(message))));
    return messages.filter((message) => !early.includes(message));
  }

  async function handle(messages: readonly Message[]): Promise<void> {
    let failed: ReadonlySet<string>;
    try {
      failed = failedMessages(messages, await invoke(sqsEvent(messages, queueArn, region)));
    } catch (error) {
      if (stopping.signal.aborted) return;
      log(
        `a batch of ${messages.length} from ${queueUrl} failed and is retried in ${retryDelayMs} ms: ${String(error)}`,
      );
      await showAgain(messages, retryDelayMs);
      return;
    }
    await remove(messages.filter((message) => !failed.has(message.MessageId ?? "")));
  }

  async function remove(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }

  async function showAgain(messages: readonly Message[], delayMs: number): Promise<void> {
    const handles = messages.map((message) => message.ReceiptHandle ?? "");
    await changeVisibility(sqs, queueUrl, handles, delayMs);
  }

  const loops = Array.from({ length: options.concurrency }, poll);
  return {
    pause() {
      if (paused) return;
      paused = true;
      resumed = Promise.withResolvers<void>();
    },
    resume() {
      paused = false;
      resumed.resolve();
    },
    async stop() {
      stopping.abort();
      resumed.resolve();
      await Promise.all(loops);
    },
  };
}
