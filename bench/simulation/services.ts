/**
 * Assumptions of the simulation about AWS. "AWS": from its documentation. "Assumed": the order of magnitude that people
 * report from within a region. Nobody guarantees these values, and no figure of the simulation is more accurate.
 */
export const SERVICES = {
  /** Assumed ("single-digit milliseconds" is all AWS says): GetItem, PutItem, UpdateItem. */
  dynamoSingleMs: 5,
  /** Assumed: Query and BatchGetItem. */
  dynamoQueryMs: 8,
  /** Assumed: TransactWriteItems. */
  dynamoTransactionMs: 15,
  /** Assumed: Publish and PublishBatch. */
  snsPublishMs: 15,
  /** Assumed, median: from SNS through SQS to the poller of a function. */
  hopMedianMs: 40,
  /** Assumed: spread of the hop, as the standard deviation of its logarithm; 99 % take less than 80 ms. */
  hopSpread: 0.3,
  /** Assumed, median: PostToConnection. */
  postMedianMs: 15,
  /** Assumed: spread of posts; 99 % take less than 60 ms. */
  postSpread: 0.6,
  /** Assumed: a bundle of 500 KB on Node. Billed, because AWS bills the INIT phase since August 2025. */
  coldStartMs: 400,
  /** Assumed: start in an idle environment. */
  warmStartMs: 5,

  /** AWS, "Configure Lambda function memory": "At 1,769 MB, a function has the equivalent of one vCPU". */
  memoryOfOneCpuMb: 1769,
  /** Assumed: one signed request of the SDK and its response, at one vCPU. JavaScript cannot use a second one. */
  cpuPerCallMs: 1,
  /** Assumed: reading one item of a response, at one vCPU. */
  cpuPerItemMs: 0.02,
  /** Concurrent requests of one client, limited by the SDK's HTTP agent (`maxSockets` of @smithy/node-http-handler). */
  socketsPerClient: 50,
  /** Parley's own: functions/entrypoints/clients/connections.ts. */
  postTimeoutMs: 2_000,

  /** AWS, "Configuring scaling behavior for SQS event source mappings": five batches at a time at first … */
  pollersAtFirst: 5,
  /** … and up to 300 more a minute while messages are available. */
  pollersPerSecond: 5,
  /** Parley's own: queue attribute in wiring/manifest.ts. */
  visibilityMs: 90_000,

  /** AWS, API Gateway quotas: requests a second per account and region, PostToConnection included … */
  gatewayPerSecond: 10_000,
  /** … and the capacity of their token bucket. */
  gatewayBurst: 5_000,

  /** AWS: a strongly consistent read unit covers 4 KB. */
  readUnitBytes: 4_096,
  /** AWS: a write unit covers 1 KB; in a transaction, every write takes two. */
  writeUnitBytes: 1_024,
  /** Assumed: size of keys, role and one range. */
  memberRowBytes: 150,
} as const;
