/**
 * What the simulation believes of AWS. "AWS": from its documentation. "Assumed": of the order people report from
 * within a region; nobody promises it, and no figure of the simulation is better than these.
 */
export const SERVICES = {
  /** Assumed ("single-digit milliseconds" is all AWS says): GetItem, PutItem, UpdateItem. */
  dynamoSingleMs: 5,
  /** Assumed: Query and BatchGetItem. */
  dynamoQueryMs: 8,
  /** Assumed. */
  dynamoTransactionMs: 15,
  /** Assumed: Publish and PublishBatch. */
  snsPublishMs: 15,
  /** Assumed, median: from SNS by SQS to the poller of a function. */
  hopMedianMs: 40,
  /** Assumed: spread of the hop, as the standard deviation of its logarithm; 99 % are below 80 ms. */
  hopSpread: 0.3,
  /** Assumed, median. */
  postMedianMs: 15,
  /** Assumed: 99 % of the posts are below 60 ms. */
  postSpread: 0.6,
  /** Assumed: a bundle of 500 KB on Node. Billed, as AWS does with the INIT phase since August 2025. */
  coldStartMs: 400,
  /** Assumed: an environment that is there. */
  warmStartMs: 5,

  /** AWS, "Configure Lambda function memory": "At 1,769 MB, a function has the equivalent of one vCPU". */
  memoryOfOneCpuMb: 1769,
  /** Assumed: one signed request of the SDK and its answer, at one vCPU. JavaScript has no use for a second one. */
  cpuPerCallMs: 1,
  /** Assumed: reading one item of an answer, at one vCPU. */
  cpuPerItemMs: 0.02,
  /** The SDK's HTTP agent (`maxSockets` of @smithy/node-http-handler): requests of one client at the same time. */
  socketsPerClient: 50,
  /** Ours: functions/entrypoints/clients/connections.ts. */
  postTimeoutMs: 2_000,
  postAttempts: 3,
  /** Assumed: the SDK's backoff is random, up to this. */
  postBackoffMs: 100,

  /** AWS, "Configuring scaling behavior for SQS event source mappings": five batches at a time at first … */
  pollersAtFirst: 5,
  /** … and up to 300 more a minute while messages are available. */
  pollersPerSecond: 5,
  /** Ours: queue attribute in wiring/manifest.ts. */
  visibilityMs: 90_000,

  /** AWS, API Gateway quotas: requests a second per account and region, PostToConnection included … */
  gatewayPerSecond: 10_000,
  /** … and the capacity of their token bucket. */
  gatewayBurst: 5_000,

  /** AWS: a strongly consistent read unit is 4 KB. */
  readUnitBytes: 4_096,
  /** Assumed: keys, role and one range. */
  memberRowBytes: 150,
} as const;
