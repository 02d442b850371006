/** What users do, on average. Every figure but the counts of users is an assumption of ours until you know yours. */
export interface Traffic {
  /** Users connected at the same time, on average around the clock. */
  readonly users: number;
  /** Connections of a connected user. */
  readonly devices: number;
  /** Frames with text that a connected user sends in an hour. */
  readonly messagesPerHour: number;
  /** Bytes of text in one. */
  readonly textBytes: number;
  /** Of the messages, those in groups. */
  readonly groupShare: number;
  /** Members of such a group, the sender included. At most 32: beyond, receipts and typing cost less, and pushes another way. */
  readonly groupSize: number;
  /** Of the recipients, those without a connection. */
  readonly offlineShare: number;
  /** `read` and `delivered` frames for each message, of all recipients together. */
  readonly receipts: number;
  /** `typing` frames for each message that are passed on. */
  readonly typing: number;
  /** Users who watch a user's presence, and whom a user watches. */
  readonly watchers: number;
  /** Conversations a sync looks at: at most 25, a page. */
  readonly conversations: number;
  /** Connections lost and opened again within the grace period, for each connection and day, besides the renewals. */
  readonly reconnectsPerDay: number;
  /** Times a day that a place of `users` changes hands: a departure and an arrival. */
  readonly comingsPerDay: number;
  /** Frames in an invocation of `commit`. 1 is the dearest. */
  readonly framesPerBatch: number;
  /** Months of messages in the table. */
  readonly monthsKept: number;
  /** Monthly active users for each connected one, billed by Cognito; 0 with an issuer of your own. */
  readonly activeUsersPerConnected: number;
  /** Of the invocations, those traced. */
  readonly tracedShare: number;
  /** Queues that share the frames; prod has 4. */
  readonly lanes: number;
  /** Metrics that alarms look at: each is billed. */
  readonly alarms: number;
  readonly dashboards: number;
  /** 1: the functions' own metrics are emitted; 0: not. */
  readonly metrics: number;
}

/** How a figure is given on the command line, and which ones make sense. */
interface TrafficInput {
  readonly flag: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly isWhole?: boolean;
  readonly description: string;
}

const ANY = Number.MAX_SAFE_INTEGER;

export const INPUTS: Readonly<Record<keyof Traffic, TrafficInput>> = {
  users: {
    flag: "users",
    value: 20_000,
    min: 0,
    max: 1e9,
    description: "users connected at the same time, on average around the clock",
  },
  devices: { flag: "devices", value: 1.2, min: 1, max: 20, description: "connections of a connected user" },
  messagesPerHour: {
    flag: "messages-per-user-per-hour",
    value: 20,
    min: 0,
    max: 72_000,
    description: "messages a connected user sends in an hour",
  },
  textBytes: {
    flag: "text-bytes",
    value: 100,
    min: 1,
    max: 16_384,
    description: "bytes of text in a message",
  },
  groupShare: {
    flag: "group-share",
    value: 0.3,
    min: 0,
    max: 1,
    description: "share of messages that go to groups",
  },
  groupSize: {
    flag: "group-size",
    value: 8,
    min: 3,
    max: 32,
    isWhole: true,
    description: "members of a group",
  },
  offlineShare: {
    flag: "offline-share",
    value: 0.3,
    min: 0,
    max: 1,
    description: "share of recipients without a connection",
  },
  receipts: {
    flag: "receipts-per-message",
    value: 0.5,
    min: 0,
    max: 64,
    description: "`read` and `delivered` frames for each message",
  },
  typing: {
    flag: "typing-per-message",
    value: 0.5,
    min: 0,
    max: 1000,
    description: "`typing` frames for each message",
  },
  watchers: {
    flag: "watchers",
    value: 10,
    min: 0,
    max: 100,
    isWhole: true,
    description: "users who watch a user's presence",
  },
  conversations: {
    flag: "conversations",
    value: 20,
    min: 1,
    max: 25,
    isWhole: true,
    description: "conversations a sync looks at",
  },
  reconnectsPerDay: {
    flag: "reconnects-per-day",
    value: 10,
    min: 0,
    max: 10_000,
    description: "lost connections opened again, for each connection and day",
  },
  comingsPerDay: {
    flag: "comings-per-day",
    value: 6,
    min: 0,
    max: 10_000,
    description: "times a day another user takes a connected one's place",
  },
  framesPerBatch: {
    flag: "frames-per-batch",
    value: 1,
    min: 1,
    max: 10,
    description: "frames in an invocation of commit",
  },
  monthsKept: {
    flag: "months-kept",
    value: 12,
    min: 0,
    max: 120,
    description: "months of messages in the table",
  },
  activeUsersPerConnected: {
    flag: "active-users-per-connected",
    value: 4,
    min: 0,
    max: 1000,
    description: "monthly active users of Cognito for each connected one; 0 with an issuer of your own",
  },
  tracedShare: {
    flag: "traced-share",
    value: 0,
    min: 0,
    max: 1,
    description: "share of invocations traced by X-Ray",
  },
  lanes: {
    flag: "lanes",
    value: 4,
    min: 1,
    max: 16,
    isWhole: true,
    description: "lanes of the entries queue",
  },
  alarms: {
    flag: "alarm-metrics",
    value: 54,
    min: 0,
    max: ANY,
    isWhole: true,
    description: "metrics that CloudWatch alarms look at; docs/runbook.md has the number",
  },
  dashboards: {
    flag: "dashboards",
    value: 1,
    min: 0,
    max: ANY,
    isWhole: true,
    description: "CloudWatch dashboards",
  },
  metrics: {
    flag: "metrics",
    value: 1,
    min: 0,
    max: 1,
    isWhole: true,
    description: "1 with our metrics, or 0",
  },
};

export const INPUT_NAMES = Object.keys(INPUTS) as (keyof Traffic)[];

/** What is assumed unless said otherwise. */
export function trafficWith(overrides: Partial<Traffic> = {}): Traffic {
  const defaults = Object.fromEntries(INPUT_NAMES.map((name) => [name, INPUTS[name].value]));
  return { ...(defaults as unknown as Traffic), ...overrides };
}
