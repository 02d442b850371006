import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { SNSClient } from "@aws-sdk/client-sns";
import { ChangeMessageVisibilityBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { isLoopbackHost, LOOPBACK } from "../http/listen.ts";
import { clientConfig } from "../util/sdk.ts";
import { ACCOUNT } from "./resources.ts";

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** SNS and SQS, by fauxqs within this process. */
export interface Messaging {
  readonly endpoint: string;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  depth(queueName: string): QueueDepth;
  /** Ends the visibility timeout of all messages in flight now; those that hold them do not notice. */
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
  const releaseGuard = refuseOthers(server.port);
  if (dataDir !== undefined) mendReturnToQueue(join(dataDir, "fauxqs.db"));
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

/** The emulator's own queue URLs have a host name that need not resolve; it looks at the path alone. */
export function queueUrl(endpoint: string, queueName: string): string {
  return `${endpoint}/${ACCOUNT}/${queueName}`;
}

/** Milliseconds, unlike AWS: fauxqs takes fractions of a second. Messages no longer in flight are passed over. */
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
 * fauxqs listens on all interfaces and offers no choice: connections from elsewhere are cut as they arrive. So are
 * requests of web pages (they have an Origin, our clients do not): a form post from any site could publish otherwise.
 */
function refuseOthers(port: number): () => void {
  const onRequest = (message: unknown) => {
    const { request, socket } = message as { request: IncomingMessage; socket: Socket };
    if (socket.localPort !== port || request.headers.origin === undefined) return;
    // The request goes on to fauxqs all the same; a method it has no route for does nothing there.
    request.method = "TRACE";
    socket.destroy();
  };
  const onSocket = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort !== port) return;
    const from = socket.remoteAddress?.replace(/^::ffff:/, "");
    if (from !== undefined && !isLoopbackHost(from)) socket.destroy();
  };
  subscribe("net.server.socket", onSocket);
  subscribe("http.server.request.start", onRequest);
  return () => {
    unsubscribe("net.server.socket", onSocket);
    unsubscribe("http.server.request.start", onRequest);
  };
}

/**
 * fauxqs 2.4.1 with a data folder: a visibility timeout of 0 writes a null receive count, which its own schema
 * refuses, and the message is then neither visible nor in flight until a restart. The trigger does what was meant.
 */
function mendReturnToQueue(file: string): void {
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
