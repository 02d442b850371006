import { ASSUMED } from "./assumptions.ts";
import type { Load } from "./load.ts";

/** A quota of an account in US East (N. Virginia), or a limit of Parley's own. */
export interface Quota {
  readonly name: string;
  /** Code in Service Quotas, if known. */
  readonly code?: string;
  readonly limit: number;
  /** AWS's page or our file. */
  readonly source: string;
  /** Returns the use of the quota in an average second. */
  readonly load: (load: Load) => number;
  /** Effect of exceeding the quota, and the remedy. */
  readonly beyond: string;
}

const gatewayRequests = (load: Load) => load.framesIn + load.posts + 2 * load.connects;

export const QUOTAS: readonly Quota[] = [
  {
    name: "`throttle.rateLimit` of the stage",
    limit: 2_000,
    source: "ours: cdk/config/config.ts",
    load: (load) => load.framesIn + load.connects,
    beyond:
      "API Gateway answers 429 and clients retry later. Raise it in the configuration: it only bounds the bill",
  },
  {
    name: "API Gateway: requests a second, posts to connections included",
    code: "L-8A5B8E43",
    limit: 10_000,
    source: "Amazon API Gateway quotas",
    load: gatewayRequests,
    beyond: "frames get 429 and clients retry; throttled pushes wait in the outbound queue: late, not lost",
  },
  {
    name: "API Gateway: new connections a second",
    code: "L-9ED1E49A",
    limit: 500,
    source: "Quotas for configuring and running a WebSocket in API Gateway",
    load: (load) => load.connects,
    beyond:
      "handshakes get 429; clients retry with full jitter, 15 s at most; tokens of two hours halve the renewals",
  },
  {
    name: "`maximumConcurrency.entries`",
    limit: 200,
    source: "ours: cdk/config/config.ts, prod",
    load: (load) => load.busyMs.commit / 1000,
    beyond:
      "frames wait in their lanes and batches grow to ten; beyond `admissionDepth` senders get `overloaded`",
  },
  {
    name: "`maximumConcurrency.outbound`",
    limit: 100,
    source: "ours: cdk/config/config.ts, prod",
    load: (load) => load.busyMs.deliver / 1000,
    beyond: "messages to large groups, and pushes that failed, arrive later",
  },
  {
    name: "Lambda: concurrent executions",
    code: "L-B99A9384",
    limit: 1_000,
    source: "Lambda quotas",
    load: (load) => load.concurrency,
    beyond: "routes fail and clients retry; triggers wait, and their records stay queued",
  },
  {
    name: "Lambda: requests a second, ten per concurrent execution",
    limit: 10_000,
    source: "Lambda scaling behavior",
    load: (load) => load.allInvocations,
    beyond: "as for concurrent executions, with which it is raised. Functions this short reach it first",
  },
  {
    name: "SNS: messages a second to FIFO topics",
    limit: 30_000,
    source: "Amazon SNS endpoints and quotas; 9 000 in Oregon and Ireland, less elsewhere",
    load: (load) => load.fifoPublishes,
    beyond: "`send` answers `unavailable`; clients retry",
  },
  {
    name: "SNS: messages a second to standard topics",
    limit: 30_000,
    source: "Amazon SNS endpoints and quotas; less in other regions",
    load: (load) => load.standardPublishes,
    beyond: "a record whose publish fails is retried; nothing is lost",
  },
  {
    name: "SQS: calls a second per action to FIFO queues, high throughput",
    limit: 70_000,
    source: "Amazon SQS message quotas",
    load: (load) => load.fifoPublishes,
    beyond: "SNS retries until the queue accepts the message",
  },
  {
    name: "DynamoDB: write units a second of a table",
    limit: 40_000,
    source: "Quotas in Amazon DynamoDB; a new table begins with 4 000 and doubles its peak in 30 minutes",
    load: (load) => load.writeUnits,
    beyond: "the SDK retries, then the record is retried: acks come later",
  },
  {
    name: "DynamoDB: read units a second of a table",
    limit: 40_000,
    source: "Quotas in Amazon DynamoDB; a new table begins with 12 000",
    load: (load) => load.readUnits,
    beyond: "as for write units; syncs are most of the load",
  },
  {
    name: "Cognito: `UserAuthentication` a second",
    limit: 120,
    source: "second-hand; Quotas in Amazon Cognito",
    load: (load) => load.connections / (ASSUMED.tokenHours * 3600),
    beyond:
      "clients retry their token request; open connections stay until their token expires. Use longer tokens, or buy more of the quota",
  },
];
