import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { encodeFrame, type ServerFrame } from "../../../protocol/index.ts";
import { errorName } from "../../core/shared/error-name.ts";
import type { Connections, PostOutcome } from "../../ports/connections.ts";
import type { Log } from "../../ports/log.ts";
import type { Metrics } from "../../ports/metrics.ts";

export class ApiGatewayConnections implements Connections {
  readonly #client: ApiGatewayManagementApiClient;
  readonly #logger: Log;
  readonly #metrics: Metrics;

  constructor(client: ApiGatewayManagementApiClient, logger: Log, metrics: Metrics) {
    this.#client = client;
    this.#logger = logger;
    this.#metrics = metrics;
  }

  async post(connection: string, frame: ServerFrame, signal: AbortSignal): Promise<PostOutcome> {
    try {
      const command = new PostToConnectionCommand({ ConnectionId: connection, Data: encodeFrame(frame) });
      await this.#client.send(command, { abortSignal: signal });
      this.#metrics.count("Pushed");
      return "sent";
    } catch (error) {
      return this.#failed(connection, error);
    }
  }

  #failed(connection: string, error: unknown): PostOutcome {
    const outcome = outcomeOf(error);
    if (outcome === "gone") {
      this.#metrics.count("Gone");
      return outcome;
    }
    this.#metrics.countBy("PushFailed", outcome);
    this.#logger.warn("a post failed", { connection, outcome, error: errorName(error) });
    return outcome;
  }

  async close(connection: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.send(new DeleteConnectionCommand({ ConnectionId: connection }), {
        abortSignal: signal,
      });
    } catch (error) {
      if (outcomeOf(error) !== "gone") throw error;
    }
  }
}

/** Maps an SDK error to an outcome. SDK v3 has the status in `$metadata`; v2's `error.statusCode` is undefined. */
function outcomeOf(error: unknown): Exclude<PostOutcome, "sent"> {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status === 410 || name === "GoneException") return "gone";
  if (status === undefined || status === 429 || status >= 500 || name === "LimitExceededException")
    return "retry";
  return "refused";
}
