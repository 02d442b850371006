import { setTimeout as pause } from "node:timers/promises";
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { failedMessages, sqsEvent } from "./sqs-event.ts";

export interface EventSourceOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly region: string;
  readonly batchSize: number;
  /** Batches in parallel. Those of a FIFO queue never share a message group. */
  readonly concurrency: number;
  /** Makes received messages visible again after a delay. */
  readonly returnToQueue: (receiptHandles: readonly string[], delayMs: number) => void;
  /** @default 1000 */
  readonly errorRetryDelayMs?: number | undefined;
  readonly invoke: (event: unknown) => Promise<unknown>;
  readonly log: (line: string) => void;
}

/** Connects a queue to a function. */
export interface EventSource {
  /** Stops receiving messages; batches under way are finished. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

const DEFAULT_ERROR_RETRY_DELAY_MS = 1000;
/** Short, because fauxqs continues an aborted receive, which would then take a message that nobody handles. */
const LONG_POLL_SECONDS = 2;
const MAX_BACKOFF_MS = 5000;

/**
 * Starts an event source mapping. A batch stays in the queue when its function fails, times out or crashes. On AWS it
 * becomes visible again after the queue's whole visibility timeout, here after `errorRetryDelayMs`: nobody at a
 * terminal waits 90 s to see a retry.
 */
export function startEventSource(options: EventSourceOptions): EventSource {
  const { sqs, queueUrl, queueArn, region, batchSize, invoke, log } = options;
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
        const messages = await receive();
        if (messages.length > 0) await handle(messages);
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        const backoffMs = Math.min(MAX_BACKOFF_MS, 50 * 2 ** failures++);
        log(`polling ${queueUrl} failed, next attempt in ${backoffMs} ms: ${String(error)}`);
        await pause(backoffMs, undefined, { signal: stopping.signal }).catch(() => {});
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
    // The source was paused during the receive.
    returnToQueue(Messages, 0);
    return [];
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
      returnToQueue(messages, retryDelayMs);
      return;
    }
    await remove(messages.filter((message) => !failed.has(message.MessageId ?? "")));
  }

  async function remove(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }

  function returnToQueue(messages: readonly Message[], delayMs: number): void {
    options.returnToQueue(
      messages.map(({ ReceiptHandle = "" }) => ReceiptHandle),
      delayMs,
    );
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
