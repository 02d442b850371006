/**
 * What the functions, the CDK app and the embedded cloud must agree on, spelled once: variable names, routes,
 * queue and topic attributes, triggers, timeouts. A test proves that the embedded cloud wires what the
 * synthesized template says.
 */

/** Environment variables of the functions. */
export const ENV = {
  /** Whose metrics these are: the stack's name. */
  name: "PARLEY_NAME",
  table: "PARLEY_TABLE",
  entriesTopicArn: "PARLEY_ENTRIES_TOPIC_ARN",
  /** All lanes, in order, separated by commas. */
  entriesQueueUrls: "PARLEY_ENTRIES_QUEUE_URLS",
  entriesDeadLetterQueueUrl: "PARLEY_ENTRIES_DEAD_LETTER_QUEUE_URL",
  parkedQueueUrl: "PARLEY_PARKED_QUEUE_URL",
  /** Records in a lane beyond which `send` takes no more. */
  admissionDepth: "PARLEY_ADMISSION_DEPTH",
  outboundTopicArn: "PARLEY_OUTBOUND_TOPIC_ARN",
  outboundQueueUrl: "PARLEY_OUTBOUND_QUEUE_URL",
  presenceQueueUrl: "PARLEY_PRESENCE_QUEUE_URL",
  managementEndpoint: "PARLEY_MANAGEMENT_ENDPOINT",
  issuer: "PARLEY_ISSUER",
  audience: "PARLEY_AUDIENCE",
  userClaim: "PARLEY_USER_CLAIM",
  /** As wiring/origins.ts spells them. */
  allowedOrigins: "PARLEY_ALLOWED_ORIGINS",
  epochFloor: "PARLEY_EPOCH_FLOOR",
  retentionDays: "PARLEY_RETENTION_DAYS",
  events: "PARLEY_EVENTS",
} as const;

export type EnvKey = keyof typeof ENV;

export const TABLE = { partitionKey: "pk", sortKey: "sk", ttl: "ttl" } as const;

export interface FunctionSpec {
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
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
    description: "Validates a frame and publishes it to the entries topic.",
    timeoutSeconds: 10,
    memoryMb: 256,
    env: [
      "name",
      "table",
      "entriesTopicArn",
      "entriesQueueUrls",
      "outboundTopicArn",
      "admissionDepth",
      "managementEndpoint",
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
    // Memory is CPU: at 512 MB a hundred posts (1 ms each at a vCPU, assumed) do not fit into the 250 ms that
    // pushing inline may take, and a third of them take the outbound queue (npm run bench:fan-out).
    memoryMb: 1024,
    env: [
      "name",
      "table",
      "entriesQueueUrls",
      "outboundTopicArn",
      "managementEndpoint",
      "epochFloor",
      "retentionDays",
      "events",
    ],
  },
  deliver: {
    description: "Pushes to large groups and to watchers, and what could not be pushed at once.",
    timeoutSeconds: 15,
    // One vCPU, all that one thread can use. Posting is CPU, and Lambda bills memory times time: the last of 10 000
    // members is reached in 1.9 s and not 10.6 s (256 MB, batches of ten), for half the GB-seconds (bench:fan-out).
    memoryMb: 1769,
    env: ["name", "table", "outboundTopicArn", "outboundQueueUrl", "managementEndpoint", "events"],
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
  /** No route and no trigger: operators and other services invoke it. */
  "sign-out": {
    description: "Closes a user's connections and refuses the tokens that opened them.",
    timeoutSeconds: 10,
    memoryMb: 256,
    env: ["name", "table", "outboundTopicArn", "managementEndpoint"],
  },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof FUNCTIONS;

export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as FunctionName[];

/**
 * A route's integration. `response`: the function's body is sent back on the connection. `send` has none:
 * what API Gateway sends for an empty body is not documented, and `send` usually has nothing to say.
 */
export interface RouteSpec {
  readonly function: FunctionName;
  readonly response: boolean;
}

/** By route key, as `ROUTE_SELECTION` yields it. */
export const ROUTES = {
  $connect: { function: "connect", response: false },
  $disconnect: { function: "disconnect", response: false },
  $default: { function: "command", response: true },
  send: { function: "send", response: false },
  create: { function: "send", response: false },
  block: { function: "send", response: false },
  unblock: { function: "send", response: false },
  sync: { function: "command", response: true },
  history: { function: "command", response: true },
  members: { function: "command", response: true },
  receipts: { function: "command", response: true },
  mute: { function: "command", response: true },
  keep: { function: "command", response: true },
  read: { function: "command", response: false },
  delivered: { function: "command", response: false },
  typing: { function: "command", response: false },
  presence: { function: "command", response: true },
  ping: { function: "command", response: true },
} as const satisfies Record<string, RouteSpec>;

export const ROUTE_SELECTION = "$request.body.type";

export const AUTHORIZER: { readonly function: FunctionName; readonly identitySource: string } = {
  function: "authorize",
  identitySource: "route.request.header.Sec-WebSocket-Protocol",
};

interface TriggerSpec {
  readonly function: FunctionName;
  readonly batchSize: number;
  /** All lanes together. */
  readonly maximumConcurrency: number;
}

/** What becomes of dead letters where someone works on them. */
interface DeadLetterSpec {
  readonly trigger: TriggerSpec;
  /**
   * Then they are parked, too. More than that of the queue they come from: whether a record that is moved to a
   * dead-letter queue begins to count anew is not documented, and one emulator goes on counting.
   */
  readonly maxReceiveCount: number;
  /** Where records wait for a person; nothing is triggered by it. */
  readonly parkedQueueAttributes: Readonly<Record<string, string>>;
}

export interface ChannelSpec {
  /** Whose topic the queue is subscribed to, if it has none of its own. */
  readonly topicOf?: "entries" | "outbound";
  readonly topicAttributes: Readonly<Record<string, string>>;
  readonly queueAttributes: Readonly<Record<string, string>>;
  readonly deadLetterQueueAttributes: Readonly<Record<string, string>>;
  readonly filterPolicy: Readonly<Record<string, readonly string[]>> | undefined;
  /** With retries after 1, 2, 4 … 30 s, 15 receives are 5½ minutes: less than the age up to which redrive puts back. */
  readonly maxReceiveCount: number;
  readonly trigger: TriggerSpec;
  readonly deadLetters: DeadLetterSpec | undefined;
}

const FOURTEEN_DAYS_SECONDS = String(14 * 24 * 60 * 60);

/**
 * Frames in a lane beyond which `send` takes no more, unless configured otherwise. SQS looks for message groups
 * among the first 120 000 messages of a FIFO queue; the depth is known only approximately and seconds late.
 */
export const ADMISSION_DEPTH = 20_000;

/**
 * Events that are published unless configured otherwise. `message.committed` is a message of the topic for every one
 * of the chat, so it is for those who ask for it.
 */
export const DEFAULT_EVENTS = ["message.undelivered", "member"] as const;

/** Message attributes by which consumers of the outbound topic choose; whom a message is about, if it is about one. */
export const OUTBOUND_TYPE_ATTRIBUTE = "type";
export const OUTBOUND_USER_ATTRIBUTE = "user";
export const OUTBOUND_CONVERSATION_ATTRIBUTE = "conversation";
const OUTBOUND_DELIVERY_TYPES = [
  "deliver.entries",
  "deliver.answer",
  "deliver.shard",
  "deliver.presence",
  "presence.online",
  "presence.offline",
] as const;

export const CHANNELS = {
  /**
   * Frames on their way to `commit`; the message group is the conversation. High throughput needs the
   * message-group scopes (SNS: up to 30 000 a second a topic; SQS: high throughput FIFO).
   * Visibility is six times the trigger's timeout, AWS's advice for a Lambda trigger.
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
    // One for all lanes: a conversation is in one lane only, so its order is kept, and one alarm watches it.
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
  /** Deliveries that `commit` could not finish; order is the log's, so a standard topic will do. */
  outbound: {
    topicAttributes: {},
    queueAttributes: { VisibilityTimeout: "90", MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS },
    deadLetterQueueAttributes: { MessageRetentionPeriod: FOURTEEN_DAYS_SECONDS },
    filterPolicy: { [OUTBOUND_TYPE_ATTRIBUTE]: OUTBOUND_DELIVERY_TYPES },
    maxReceiveCount: 15,
    // Two: shards in a batch share a CPU (ten of them do not fit into the time they have, and what is left becomes a
    // message per connection); alone, one that waits for a hanging connection would hold a whole poller.
    trigger: { function: "deliver", batchSize: 2, maximumConcurrency: 50 },
    deadLetters: undefined,
  },
  /** Users who may have gone, held back for the grace period: whoever comes back within it was never away. */
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
