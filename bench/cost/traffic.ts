/** Average behavior of users. Except for the number of users, every default is an assumption until you know your figures. */
export interface Traffic {
  /** Users connected at the same time, averaged around the clock. */
  readonly users: number;
  /** Connections per connected user. */
  readonly devices: number;
  /** Frames with text that a connected user sends in an hour. */
  readonly messagesPerHour: number;
  /** Bytes of text in a message. */
  readonly textBytes: number;
  /** Share of messages that go to groups. */
  readonly groupShare: number;
  /** Members of a group, including the sender. At most 32: in larger groups receipts and typing cost less, and pushes work differently. */
  readonly groupSize: number;
  /** Share of recipients without a connection. */
  readonly offlineShare: number;
  /** `read` and `delivered` frames per message, all recipients together. */
  readonly receipts: number;
  /** `typing` frames per message that are forwarded. */
  readonly typing: number;
  /** Users who watch a user's presence; each user also watches as many. */
  readonly watchers: number;
  /** Conversations per sync: at most 25, one page. */
  readonly conversations: number;
  /** Reconnects within the grace period, per connection and day, besides renewals. */
  readonly reconnectsPerDay: number;
  /** Times a day that one connected user leaves and another arrives, per user of `users`. */
  readonly comingsPerDay: number;
  /** Share of messages that go through the queue; 1 with `ingest: "queued"`. */
  readonly queuedShare: number;
  /** Frames per invocation of `commit`. 1 is the most expensive. */
  readonly framesPerBatch: number;
  /** Months for which messages are stored in the table. */
  readonly monthsKept: number;
  /** Monthly active users per connected user, billed by Cognito; 0 with your own issuer. */
  readonly activeUsersPerConnected: number;
  /** Share of invocations that are traced. */
  readonly tracedShare: number;
  /** Number of queues that share the frames; prod has 4. */
  readonly lanes: number;
  /** Metrics used by alarms; each is billed. */
  readonly alarms: number;
  readonly dashboards: number;
  /** 1 if the functions' own metrics are emitted, otherwise 0. */
  readonly metrics: number;
}

/** A command-line option for a figure, with its default and its bounds. */
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
    description: "users connected at the same time, averaged around the clock",
  },
  devices: { flag: "devices", value: 1.2, min: 1, max: 20, description: "connections per connected user" },
  messagesPerHour: {
    flag: "messages-per-user-per-hour",
    value: 20,
    min: 0,
    max: 72_000,
    description: "messages per connected user and hour",
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
    description: "`read` and `delivered` frames per message",
  },
  typing: {
    flag: "typing-per-message",
    value: 0.5,
    min: 0,
    max: 1000,
    description: "`typing` frames per message",
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
    description: "conversations per sync",
  },
  reconnectsPerDay: {
    flag: "reconnects-per-day",
    value: 10,
    min: 0,
    max: 10_000,
    description: "reconnects after a lost connection, per connection and day",
  },
  comingsPerDay: {
    flag: "comings-per-day",
    value: 6,
    min: 0,
    max: 10_000,
    description: "times a day that one connected user leaves and another arrives, per connected user",
  },
  queuedShare: {
    flag: "queued-share",
    value: 0.05,
    min: 0,
    max: 1,
    description: "share of messages that go through the queue; 1 with `ingest: queued`",
  },
  framesPerBatch: {
    flag: "frames-per-batch",
    value: 1,
    min: 1,
    max: 10,
    description: "frames per invocation of commit",
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
    description: "monthly active users of Cognito per connected user; 0 with your own issuer",
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
    value: 56,
    min: 0,
    max: ANY,
    isWhole: true,
    description: "metrics used by CloudWatch alarms; docs/runbook.md has the number",
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
    description: "1 with the functions' own metrics, 0 without",
  },
};

export const INPUT_NAMES = Object.keys(INPUTS) as (keyof Traffic)[];

/** Returns the default traffic with overrides. */
export function trafficWith(overrides: Partial<Traffic> = {}): Traffic {
  const defaults = Object.fromEntries(INPUT_NAMES.map((name) => [name, INPUTS[name].value]));
  return { ...(defaults as unknown as Traffic), ...overrides };
}
