import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { LOOPBACK } from "../http/listen.ts";
import { ACCOUNT, clientConfig } from "../util/sdk.ts";
import type { Queue } from "./emulator/queue.ts";
import { type MessagingServer, startMessagingServer } from "./emulator/server.ts";

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** SNS and SQS, emulated in this process. */
export interface Messaging {
  readonly endpoint: string;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  depth(queueName: string): QueueDepth;
  /**
   * Makes messages in flight visible after a delay. It need not be whole seconds, unlike that of `ChangeMessageVisibility`.
   * Skips messages no longer in flight.
   */
  returnToQueue(queueName: string, receiptHandles: readonly string[], delayMs: number): void;
  /** Makes all messages in flight visible again now; their receivers do not notice. */
  expireVisibility(queueName: string): void;
  stop(): Promise<void>;
}

export async function startMessaging(options: {
  region: string;
  dataDir?: string | undefined;
}): Promise<Messaging> {
  const { region, dataDir } = options;
  const server = await startMessagingServer({ region, dataDir });
  const endpoint = `http://${LOOPBACK}:${server.port}`;
  const sns = new SNSClient(clientConfig(endpoint, region));
  const sqs = new SQSClient(clientConfig(endpoint, region));
  return {
    endpoint,
    sns,
    sqs,
    depth(queueName) {
      const queue = queueOf(server, queueName);
      // Without a receive that waits, nobody notices that a delay or a visibility timeout is over.
      queue.processTimers();
      const { ready, inflight, delayed } = queue.inspectMessages();
      return { visible: ready.length, inFlight: inflight.length, delayed: delayed.length };
    },
    returnToQueue(queueName, receiptHandles, delayMs) {
      const queue = queueOf(server, queueName);
      for (const handle of receiptHandles) queue.changeVisibility(handle, delayMs / 1000);
    },
    expireVisibility(queueName) {
      const queue = queueOf(server, queueName);
      for (const { receiptHandle } of queue.inspectMessages().inflight)
        queue.changeVisibility(receiptHandle, 0);
    },
    async stop() {
      sns.destroy();
      sqs.destroy();
      await server.stop();
    },
  };
}

/** Returns the URL to use for a queue. The URLs of fauxqs itself have a host that may not resolve; it reads the path only. */
export function queueUrl(endpoint: string, queueName: string): string {
  return `${endpoint}/${ACCOUNT}/${queueName}`;
}

function queueOf({ queues }: MessagingServer, queueName: string): Queue {
  const queue = queues.getQueueByName(queueName);
  if (queue === undefined) throw new Error(`there is no queue ${queueName}`);
  return queue;
}
