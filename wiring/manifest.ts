/**
 * Everything that the functions, the CDK app and the embedded cloud must agree on, defined once: variable names, routes,
 * queue and topic attributes, triggers, timeouts. A test checks that the embedded cloud is wired like the synthesized
 * template.
 */

/** Environment variables of the functions. */
export const ENV = {
  /** The stack's name, by which metrics are told apart. */
  name: "PARLEY_NAME",
  table: "PARLEY_TABLE",
  entriesTopicArn: "PARLEY_ENTRIES_TOPIC_ARN",
  /** URLs of all lanes, in order, separated by commas. */
  entriesQueueUrls: "PARLEY_ENTRIES_QUEUE_URLS",
  entriesDeadLetterQueueUrl: "PARLEY_ENTRIES_DEAD_LETTER_QUEUE_URL",
  parkedQueueUrl: "PARLEY_PARKED_QUEUE_URL",
  /** Depth of a lane beyond which `send` accepts no more frames. */
  admissionDepth: "PARLEY_ADMISSION_DEPTH",
  outboundTopicArn: "PARLEY_OUTBOUND_TOPIC_ARN",
  outboundQueueUrl: "PARLEY_OUTBOUND_QUEUE_URL",
  noticesQueueUrl: "PARLEY_NOTICES_QUEUE_URL",
  presenceQueueUrl: "PARLEY_PRESENCE_QUEUE_URL",
  managementEndpoint: "PARLEY_MANAGEMENT_ENDPOINT",
  issuer: "PARLEY_ISSUER",
  audience: "PARLEY_AUDIENCE",
  userClaim: "PARLEY_USER_CLAIM",
  /** Allowed origins in the format of wiring/origins.ts. */
  allowedOrigins: "PARLEY_ALLOWED_ORIGINS",
  epochFloor: "PARLEY_EPOCH_FLOOR",
  retentionDays: "PARLEY_RETENTION_DAYS",
  events: "PARLEY_EVENTS",
  /** One of `INGEST_MODES`. */
  ingest: "PARLEY_INGEST",
  /** One of `WHO_MAY_ADD`. */
  whoMayAdd: "PARLEY_WHO_MAY_ADD",
} as const;

export type EnvKey = keyof typeof ENV;

export const TABLE = {
  partitionKey: "pk",
  sortKey: "sk",
  ttl: "ttl",
  /** Prefix of the partitions that belong to a user. The others belong to conversations. */
  userPrefix: "U#",
} as const;

/**
 * Ways of a message into its conversation. `direct`: `send` appends it, pushes it and answers; what it cannot do goes
 * through the queue. `queued`: `send` publishes every frame to the entries topic, and `commit` does the rest.
 */
export const INGEST_MODES = ["direct", "queued"] as const;

export type IngestMode = (typeof INGEST_MODES)[number];

export const DEFAULT_INGEST: IngestMode = "direct";

/**
 * Users whom a user may add to groups. `anyone`: everybody who has not blocked them. `known`: people with whom they have a
 * direct conversation in which both have written.
 */
export const WHO_MAY_ADD = ["anyone", "known"] as const;

export type WhoMayAdd = (typeof WHO_MAY_ADD)[number];

export const DEFAULT_WHO_MAY_ADD: WhoMayAdd = "anyone";

export interface FunctionSpec {
  readonly description: string;
  readonly timeoutSeconds: number;
  /** One number, or one for each ingest mode. */
  readonly memoryMb: number | Readonly<Record<IngestMode, number>>;
  readonly env: readonly EnvKey[];
}

/** One Lambda function, one bundle, one composition root in functions/entrypoints/. */
export const FUNCTIONS = {
  authorize: {
    description: "Verifies the token of a new connection.",
    timeoutSeconds: 10,
    memoryMb: 256,
    env: ["name", "issuer", "audience", "userClaim", "allowedOrigins"],
  },
  connect: {
    description: "Registers the lease of a new connection.",
    timeoutSeconds: 10,
    memoryMb: 256,
    env: ["name", "table", "outboundTopicArn", "managementEndpoint"],
  },
  disconnect: {
    description: "Removes the lease of a closed connection.",
    timeoutSeconds: 10,
    memoryMb: 256,
    env: ["name", "table", "outboundTopicArn"],
  },
  send: {
    description: "Validates a frame and appends it, or publishes it to the entries topic.",
    timeoutSeconds: 10,
    // Direct: as much as `commit`. A conversation of 32 is the largest that is appended here; at 1 ms of a vCPU each
    // (assumed, to be measured by npm run bench:latency), its 31 posts take 54 ms at 1024 MB and 107 ms at 512 MB, and
    // pushes are to take no more than 100 ms.
    memoryMb: { direct: 1024, queued: 256 },
    env: [
      "name",
      "table",
      "entriesTopicArn",
      "entriesQueueUrls",
      "outboundTopicArn",
      "admissionDepth",
      "managementEndpoint",
      "ingest",
      "epochFloor",
      "events",
    ],
  },
  command: {
    description: "Answers what reads or moves cursors, and refuses unknown frames.",
    timeoutSeconds: 10,
    memoryMb: 256,
    env: ["name", "table", "outboundTopicArn", "managementEndpoint", "epochFloor"],
  },
  commit: {
    description: "Appends frames to conversations, acknowledges and pushes them.",
    timeoutSeconds: 15,
    // Lambda assigns CPU by memory: at 512 MB a hundred posts (1 ms each at a vCPU, assumed) do not fit into the 250 ms
    // allowed for inline pushes, and a third of them go through the outbound queue (npm run bench:fan-out).
    memoryMb: 1024,
    env: [
      "name",
      "table",
      "entriesQueueUrls",
      "outboundTopicArn",
      "managementEndpoint",
      "epochFloor",
      "retentionDays",
      "whoMayAdd",
      "events",
    ],
  },
  deliver: {
    description: "Pushes to large groups and to watchers, and what could not be pushed at once.",
    timeoutSeconds: 15,
    // One vCPU, which is all that one thread can use. Posting needs CPU, and Lambda bills memory times time: the last of
    // 10 000 members is reached in 1.9 s instead of 6.5 s with 256 MB, for less GB-seconds (bench:fan-out).
    memoryMb: 1769,
    env: [
      "name",
      "table",
      "outboundTopicArn",
      "outboundQueueUrl",
      "noticesQueueUrl",
      "managementEndpoint",
      "events",
    ],
  },
  "dead-letter": {
    description: "Finishes or refuses frames that commit failed again and again.",
    timeoutSeconds: 15,
    memoryMb: 256,
    env: [
      "name",
      "table",
      "entriesDeadLetterQueueUrl",
      "parkedQueueUrl",
      "outboundTopicArn",
      "managementEndpoint",
      "epochFloor",
      "events",
    ],
  },
  presence: {
    description: "Looks again at users whose last connection has gone, and says so if none came.",
    timeoutSeconds: 15,
    memoryMb: 256,
    env: ["name", "table", "outboundTopicArn", "presenceQueueUrl"],
  },
  /** Has no route and no trigger: operators and other services invoke it. */
  "sign-out": {
    description: "Closes a user's connections and refuses the tokens that opened them.",
    timeoutSeconds: 10,
    memoryMb: 256,
    env: ["name", "table", "outboundTopicArn", "managementEndpoint"],
  },
  /** Like `sign-out`: operators and other services invoke it, again and again until it is done. */
  erase: {
    description: "Erases what a user has written, and everything that names them.",
    timeoutSeconds: 60,
    memoryMb: 512,
    env: ["name", "table", "outboundTopicArn", "managementEndpoint", "epochFloor", "events"],
  },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof FUNCTIONS;

export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as FunctionName[];

export function memoryMbOf(name: FunctionName, ingest: IngestMode): number {
  const { memoryMb }: FunctionSpec = FUNCTIONS[name];
  return typeof memoryMb === "number" ? memoryMb : memoryMb[ingest];
}

/**
 * Integration of a route. `response`: the function's body is sent back on the connection, always, never or in one
 * ingest mode only. A route has a response only if its function answers every frame: AWS does not document what API
 * Gateway sends for an empty body, and one report says that clients get an empty message (serverless issue 6816).
 */
export interface RouteSpec {
  readonly function: FunctionName;
  readonly response: boolean | IngestMode;
}

/** Routes by route key, which `ROUTE_SELECTION` extracts from a frame. */
export const ROUTES = {
  $connect: { function: "connect", response: false },
  $disconnect: { function: "disconnect", response: false },
  $default: { function: "command", response: true },
  // A frame that is appended here is always answered; one that is queued only if it is refused.
  send: { function: "send", response: "direct" },
  create: { function: "send", response: false },
  block: { function: "send", response: false },
  unblock: { function: "send", response: false },
  sync: { function: "command", response: true },
  history: { function: "command", response: true },
  members: { function: "command", response: true },
  receipts: { function: "command", response: true },
  mute: { function: "command", response: true },
  keep: { function: "command", response: true },
  forget: { function: "command", response: true },
  read: { function: "command", response: false },
  delivered: { function: "command", response: false },
  typing: { function: "command", response: false },
  presence: { function: "command", response: true },
  ping: { function: "command", response: true },
} as const satisfies Record<string, RouteSpec>;

/**
 * Default rate (per second) and burst of handshakes and frames, all connections together. Beyond it API Gateway refuses
 * them with 429.
 */
export const STAGE_THROTTLE = { rateLimit: 2000, burstLimit: 4000 } as const;

/** Rate and burst of API Gateway's requests. */
export interface ThrottleLimits {
  /** Requests a second. */
  readonly rateLimit: number;
  /** Requests at once after a pause. */
  readonly burstLimit: number;
}

export type RouteKey = keyof typeof ROUTES;

export const ROUTE_KEYS = Object.keys(ROUTES) as RouteKey[];

/**
 * Limits of the routes that do not share those of the stage in `prod`: no other kind of frame can take the share of
 * `send`, and what reads or writes most takes no other's.
 */
export const ROUTE_THROTTLES: Readonly<Partial<Record<RouteKey, ThrottleLimits>>> = {
  send: { rateLimit: 1000, burstLimit: 2000 },
  sync: { rateLimit: 500, burstLimit: 1000 },
  history: { rateLimit: 500, burstLimit: 1000 },
  members: { rateLimit: 200, burstLimit: 400 },
  receipts: { rateLimit: 200, burstLimit: 400 },
  presence: { rateLimit: 200, burstLimit: 400 },
};

/**
 * Returns the keys of the routes that have a response.
 *
 * @param ingest @default none: only the routes that have a response in every mode
 */
export function respondingRoutes(ingest?: IngestMode): ReadonlySet<string> {
  const routes: [string, RouteSpec][] = Object.entries(ROUTES);
  return new Set(
    routes.filter(([, { response }]) => response === true || response === ingest).map(([key]) => key),
  );
}

export const ROUTE_SELECTION = "$request.body.type";

export const AUTHORIZER: { readonly function: FunctionName; readonly identitySource: string } = {
  function: "authorize",
  identitySource: "route.request.header.Sec-WebSocket-Protocol",
};

interface TriggerSpec {
  readonly function: FunctionName;
  readonly batchSize: number;
  /** Most concurrent batches, all lanes together. */
  readonly maximumConcurrency: number;
}

/** Handling of dead letters in a channel that has a consumer for them. */
interface DeadLetterSpec {
  readonly trigger: TriggerSpec;
  /**
   * Receives after which a dead letter is parked. Higher than the main queue's, because AWS does not document whether
   * moving a record to a dead-letter queue resets its count, and one emulator does not reset it.
   */
  readonly maxReceiveCount: number;
  /** Attributes of the queue in which records wait for an operator. It triggers no function. */
  readonly parkedQueueAttributes: Readonly<Record<string, string>>;
}

export interface ChannelSpec {
  /** Channel whose topic the queue subscribes to, if the channel has no topic of its own. */
  readonly topicOf?: "entries" | "outbound";
  readonly topicAttributes: Readonly<Record<string, string>>;
  readonly queueAttributes: Readonly<Record<string, string>>;
  readonly deadLetterQueueAttributes: Readonly<Record<string, string>>;
  readonly filterPolicy: Readonly<Record<string, readonly string[]>> | undefined;
  /** With retries after 1, 2, 4 … 30 s, 15 receives take 5½ minutes: less than the maximum age that redrive puts back. */
  readonly maxReceiveCount: number;
  readonly trigger: TriggerSpec;
  readonly deadLetters: DeadLetterSpec | undefined;
}

const FOURTEEN_DAYS_SECONDS = String(14 * 24 * 60 * 60);

/**
 * Default depth of a lane beyond which `send` accepts no more frames. SQS looks for message groups among the first
 * 120 000 messages of a FIFO queue; the depth is known only approximately and seconds late.
 */
export const ADMISSION_DEPTH = 20_000;

/**
 * Events published by default. `message.committed` publishes one SNS message for every message of the chat, so it is
 * opt-in.
 */
export const DEFAULT_EVENTS = ["message.undelivered", "member"] as const;

/** Message attributes by which consumers of the outbound topic filter. User and conversation are set if a message has one. */
export const OUTBOUND_TYPE_ATTRIBUTE = "type";
export const OUTBOUND_USER_ATTRIBUTE = "user";
export const OUTBOUND_CONVERSATION_ATTRIBUTE = "conversation";
const MESSAGE_DELIVERY_TYPES = ["deliver.entries", "deliver.answer", "deliver.shard"] as const;
const NOTICE_TYPES = [
  "presence.online",
  "presence.offline",
  "deliver.presence",
  "deliver.notice",
  "deliver.receipt",
  "deliver.first-words",
] as const;

export const CHANNELS = {
  /**
   * Frames on their way to `commit`. The message group is the conversation. High throughput needs the message-group
   * scopes (SNS: up to 30 000 messages a second per topic; SQS: high throughput FIFO). The visibility timeout is six
   * times the function's timeout, as AWS advises for a Lambda trigger.
   */
  entries: {
    topicAttributes: {
      FifoTopic: "true",
      ContentBasedDeduplication: "false",
      FifoThroughputScope: "MessageGroup",
    },
    queueAttributes: {
      FifoQueue: "true",
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
      VisibilityTimeout: "90",
      MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS,
    },
    // One dead-letter queue for all lanes: a conversation is in one lane only, so its order is kept, and one alarm suffices.
    deadLetterQueueAttributes: {
      FifoQueue: "true",
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
      VisibilityTimeout: "90",
      MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS,
    },
    filterPolicy: undefined,
    maxReceiveCount: 15,
    trigger: { function: "commit", batchSize: 10, maximumConcurrency: 50 },
    deadLetters: {
      trigger: { function: "dead-letter", batchSize: 10, maximumConcurrency: 2 },
      maxReceiveCount: 30,
      parkedQueueAttributes: {
        FifoQueue: "true",
        DeduplicationScope: "messageGroup",
        FifoThroughputLimit: "perMessageGroupId",
        VisibilityTimeout: "90",
        MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS,
      },
    },
  },
  /** Deliveries that `commit` could not finish. The log defines their order, so a standard topic suffices. */
  outbound: {
    topicAttributes: {},
    queueAttributes: { VisibilityTimeout: "90", MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS },
    deadLetterQueueAttributes: { MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS },
    filterPolicy: { [OUTBOUND_TYPE_ATTRIBUTE]: MESSAGE_DELIVERY_TYPES },
    maxReceiveCount: 15,
    // Batches of two: shards of a batch share a CPU, and ten do not finish in time, so that the rest becomes a message per
    // connection. With batches of one, a shard that waits for a hanging connection would occupy a whole poller.
    trigger: { function: "deliver", batchSize: 2, maximumConcurrency: 50 },
    deadLetters: undefined,
  },
  /**
   * Changes of presence for those who watch, and receipts that came too fast. It has a queue and a trigger of its own, so that no message waits
   * when a million users come back at once.
   */
  notices: {
    topicOf: "outbound",
    topicAttributes: {},
    queueAttributes: { VisibilityTimeout: "90", MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS },
    deadLetterQueueAttributes: { MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS },
    filterPolicy: { [OUTBOUND_TYPE_ATTRIBUTE]: NOTICE_TYPES },
    maxReceiveCount: 15,
    // Five batches post no more than half of what API Gateway takes of an account, at a millisecond of a vCPU for each post:
    // the rest is for messages.
    trigger: { function: "deliver", batchSize: 10, maximumConcurrency: 5 },
    deadLetters: undefined,
  },
  /** Users who may have gone offline, delayed by the grace period. Users who reconnect within it were never offline. */
  presence: {
    topicOf: "outbound",
    topicAttributes: {},
    queueAttributes: {
      DelaySeconds: "15",
      VisibilityTimeout: "90",
      MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS,
    },
    deadLetterQueueAttributes: { MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS },
    filterPolicy: { [OUTBOUND_TYPE_ATTRIBUTE]: ["presence.maybe-offline"] },
    maxReceiveCount: 15,
    trigger: { function: "presence", batchSize: 10, maximumConcurrency: 10 },
    deadLetters: undefined,
  },
} as const satisfies Record<string, ChannelSpec>;

export type ChannelName = keyof typeof CHANNELS;
