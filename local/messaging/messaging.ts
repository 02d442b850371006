import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SNSClient } from "@aws-sdk/client-sns";
import { ChangeMessageVisibilityBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { isLoopbackHost, LOOPBACK } from "../http/listen.ts";
import { ACCOUNT, clientConfig } from "../util/sdk.ts";

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** SNS and SQS, emulated by fauxqs in this process. */
export interface Messaging {
  readonly endpoint: string;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  depth(queueName: string): QueueDepth;
  /** Makes all messages in flight visible again now; their receivers do not notice. */
  expireVisibility(queueName: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startMessaging(options: {
  region: string;
  dataDir?: string | undefined;
}): Promise<Messaging> {
  const { region, dataDir } = options;
  const server = await startFauxqs({
    port: 0,
    logger: false,
    defaultRegion: region,
    ...(dataDir && { dataDir }),
  });
  const endpoint = `http://${LOOPBACK}:${server.port}`;
  const releaseGuard = rejectForeignRequests(server.port);
  if (dataDir !== undefined) repairReturnToQueue(join(dataDir, "fauxqs.db"));
  const sns = new SNSClient(clientConfig(endpoint, region));
  const sqs = new SQSClient(clientConfig(endpoint, region));
  return {
    endpoint,
    sns,
    sqs,
    depth(queueName) {
      const { ready, inflight, delayed } = inspect(server, queueName);
      return { visible: ready.length, inFlight: inflight.length, delayed: delayed.length };
    },
    async expireVisibility(queueName) {
      const handles = inspect(server, queueName).inflight.map((entry) => entry.receiptHandle);
      await changeVisibility(sqs, queueUrl(endpoint, queueName), handles, 0);
    },
    async stop() {
      sns.destroy();
      sqs.destroy();
      await server.stop();
      releaseGuard();
    },
  };
}

/** Returns the URL to use for a queue. The URLs of fauxqs itself have a host that may not resolve; it reads the path only. */
export function queueUrl(endpoint: string, queueName: string): string {
  return `${endpoint}/${ACCOUNT}/${queueName}`;
}

/** Changes visibility timeouts in milliseconds, unlike AWS: fauxqs accepts fractions of a second. Skips messages no longer in flight. */
export async function changeVisibility(
  sqs: SQSClient,
  QueueUrl: string,
  receiptHandles: readonly string[],
  delayMs: number,
): Promise<void> {
  const entries = receiptHandles.map((ReceiptHandle, index) => ({
    Id: String(index),
    ReceiptHandle,
    VisibilityTimeout: delayMs / 1000,
  }));
  for (let start = 0; start < entries.length; start += 10) {
    await sqs.send(
      new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: entries.slice(start, start + 10) }),
    );
  }
}

function inspect(server: FauxqsServer, queueName: string) {
  const queue = server.inspectQueue(queueName);
  if (queue === undefined) throw new Error(`there is no queue ${queueName}`);
  return queue.messages;
}

/**
 * Cuts connections from other machines, because fauxqs always listens on all interfaces. Also cuts requests of web
 * pages, which have an Origin while our clients have none: otherwise a form post from any site could publish.
 */
function rejectForeignRequests(port: number): () => void {
  const onRequest = (message: unknown) => {
    const { request, socket } = message as { request: IncomingMessage; socket: Socket };
    if (socket.localPort !== port || request.headers.origin === undefined) return;
    // fauxqs still gets the request, but does nothing for a method that it has no route for.
    request.method = "TRACE";
    socket.destroy();
  };
  const onSocket = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort !== port) return;
    const address = socket.remoteAddress?.replace(/^::ffff:/, "");
    if (address !== undefined && !isLoopbackHost(address)) socket.destroy();
  };
  subscribe("net.server.socket", onSocket);
  subscribe("http.server.request.start", onRequest);
  return () => {
    unsubscribe("net.server.socket", onSocket);
    unsubscribe("http.server.request.start", onRequest);
  };
}

/**
 * Works around a bug of fauxqs 2.4.1 with a data folder: for a visibility timeout of 0 it writes a null receive count,
 * which its own schema refuses; the message is then neither visible nor in flight until a restart. The trigger makes
 * the message visible instead.
 */
function repairReturnToQueue(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`
    CREATE TRIGGER IF NOT EXISTS parley_return_to_queue BEFORE UPDATE ON sqs_messages
    WHEN NEW.approximate_receive_count IS NULL
    BEGIN
      UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = OLD.message_id;
      SELECT RAISE(IGNORE);
    END`);
  database.close();
}
