import { DEFAULT_TIMINGS } from "../../client/src/api/options.ts";
import { ERROR_CODES } from "../../protocol/errors.ts";
import {
  CHANNELS,
  type ChannelSpec,
  DEFAULT_INGEST,
  FUNCTION_NAMES,
  type FunctionName,
  type IngestMode,
  memoryMbOf,
} from "../../wiring/manifest.ts";
import { METRICS, type MetricSpec } from "../../wiring/metrics.ts";
import { SERVICES } from "../simulation/services.ts";
import { ASSUMED, POLL_SECONDS, POLLERS } from "./assumptions.ts";
import * as costs from "./operation-costs.ts";
import type { Units } from "./price-list.ts";
import type { Traffic } from "./traffic.ts";

const {
  dynamoQueryMs: QUERY_MS,
  dynamoSingleMs: SINGLE_MS,
  snsPublishMs: PUBLISH_MS,
  postMedianMs: POST_MS,
} = SERVICES;
/** CPU of verifying a token's signature, in calls. */
const TOKEN_CALLS = 2;
/** API Gateway closes connections after two hours. The client reconnects before its token expires. */
const CONNECTION_HOURS = Math.min(2, ASSUMED.tokenHours);

/** Load on all services in an average second. */
export class Load {
  readonly invocations: Record<FunctionName, number>;
  /** Milliseconds in which a function's environments are busy. */
  readonly busyMs: Record<FunctionName, number>;
  /** Frames from clients; posts to connections; replies through a route's response. */
  framesIn = 0;
  posts = 0;
  replies = 0;
  connects = 0;
  fifoPublishes = 0;
  fifoBytes = 0;
  standardPublishes = 0;
  /** Records in the outbound and presence queues. */
  standardRecords = 0;
  fifoRequests = 0;
  standardRequests = 0;
  writeUnits = 0;
  readUnits = 0;
  bytesOut = 0;
  messages = 0;
  connections = 0;

  /** Mode of the deployment, which decides the memory of its functions. */
  readonly ingest: IngestMode;

  constructor(ingest: IngestMode = DEFAULT_INGEST) {
    this.ingest = ingest;
    const none = () => Object.fromEntries(FUNCTION_NAMES.map((name) => [name, 0]));
    this.invocations = none() as Record<FunctionName, number>;
    this.busyMs = none() as Record<FunctionName, number>;
  }

  /** Adds invocations that make `calls` calls, of which `sequentialMs` cannot run in parallel. */
  run(name: FunctionName, perSecond: number, sequentialMs: number, calls: number): void {
    const slowness = Math.max(1, SERVICES.memoryOfOneCpuMb / memoryMbOf(name, this.ingest));
    const ms = ASSUMED.handlerMs + sequentialMs + calls * SERVICES.cpuPerCallMs * slowness;
    this.invocations[name] += perSecond;
    this.busyMs[name] += perSecond * (ms + ASSUMED.coldShare * SERVICES.coldStartMs);
  }

  charge({ write, read }: costs.OperationCost, perSecond: number): void {
    this.writeUnits += perSecond * write;
    this.readUnits += perSecond * read;
  }

  post(perSecond: number, bytes: number): void {
    this.posts += perSecond;
    this.bytesOut += perSecond * bytes;
  }

  reply(perSecond: number, bytes: number): void {
    this.replies += perSecond;
    this.bytesOut += perSecond * bytes;
  }

  /** Adds a record of a standard queue and its invocation. */
  record(perSecond: number): void {
    this.standardPublishes += perSecond;
    this.standardRecords += perSecond;
    this.standardRequests += perSecond * (ASSUMED.sqsRequestsPerDelivery + 2);
  }

  get allInvocations(): number {
    return FUNCTION_NAMES.reduce((sum, name) => sum + this.invocations[name], 0);
  }

  get concurrency(): number {
    return FUNCTION_NAMES.reduce((sum, name) => sum + this.busyMs[name], 0) / 1000;
  }
}

export function averageLoad(traffic: Traffic): Load {
  const load = new Load(traffic.queuedShare < 1 ? "direct" : "queued");
  load.connections = traffic.users * traffic.devices;
  load.messages = (traffic.users * traffic.messagesPerHour) / 3600;
  addMessages(load, traffic, load.messages * (1 - traffic.groupShare), 2);
  addMessages(load, traffic, load.messages * traffic.groupShare, traffic.groupSize);
  addPings(load);
  addConnections(load, traffic);
  addPolls(load, traffic);
  return load;
}

function addMessages(load: Load, traffic: Traffic, messages: number, members: number): void {
  const { queuedShare, devices, offlineShare } = traffic;
  addAppends(load, traffic, messages * (1 - queuedShare), members, "direct");
  addAppends(load, traffic, messages * queuedShare, members, "queued");
  const others = members - 1;
  const online = others * (1 - offlineShare) * devices;
  const rows = members > 2 ? QUERY_MS : 0;

  const receipts = messages * traffic.receipts;
  const receivers = devices - 1 + devices + Math.max(0, others - 1) * (1 - offlineShare) * devices;
  const receipt = costs.receipt(members, 0);
  load.framesIn += receipts;
  load.charge(receipt, receipts);
  load.post(receipts * receivers, ASSUMED.smallFrameBytes);
  load.run("command", receipts, SINGLE_MS + rows + QUERY_MS + POST_MS, receipt.calls.length + receivers);

  const typed = messages * traffic.typing;
  const typing = costs.typing(members, 0);
  load.framesIn += typed;
  load.charge(typing, typed);
  load.post(typed * online, ASSUMED.smallFrameBytes);
  load.run("command", typed, QUERY_MS + rows + QUERY_MS + POST_MS, typing.calls.length + online);
}

/** Adds messages that take one of the ways into their conversation. */
function addAppends(
  load: Load,
  traffic: Traffic,
  messages: number,
  members: number,
  ingest: IngestMode,
): void {
  const { devices, offlineShare, framesPerBatch, textBytes } = traffic;
  const others = members - 1;
  const pushes = others * (1 - offlineShare) * devices + devices - 1;
  const one = costs.message(members, 0, ingest);
  const flushes = costs.FLUSH_SHARE[ingest];
  // A long text is written with the head, and again with its segment.
  const extraWriteUnits = 2 * (Math.ceil((textBytes + ASSUMED.storedOverheadBytes) / 1024) - 1);
  const undelivered = 1 - (1 - offlineShare) ** others;
  load.framesIn += messages;
  load.standardPublishes += messages * undelivered;
  load.charge({ ...one, write: one.write + flushes + extraWriteUnits }, messages);
  load.post(messages * pushes, ASSUMED.entriesFrameBytes + textBytes);
  const appendMs = QUERY_MS + (1 + flushes) * SINGLE_MS + QUERY_MS + POST_MS + undelivered * PUBLISH_MS;
  const calls = one.calls.length + flushes + pushes + undelivered;
  if (ingest === "direct") {
    // The note that events are published.
    load.writeUnits += messages * undelivered;
    load.reply(messages, ASSUMED.smallFrameBytes);
    load.run("send", messages, appendMs + undelivered * SINGLE_MS, calls + undelivered);
    return;
  }
  load.fifoPublishes += messages;
  load.fifoBytes += messages * (textBytes + ASSUMED.publishedOverheadBytes);
  load.fifoRequests += messages * (ASSUMED.sqsRequestsPerDelivery + 2 / framesPerBatch);
  load.post(messages, ASSUMED.smallFrameBytes);
  load.run("send", messages, PUBLISH_MS, 1);
  load.run("commit", messages / framesPerBatch, appendMs, (calls - 1) * framesPerBatch);
}

function addPings(load: Load): void {
  const pings = load.connections / (DEFAULT_TIMINGS.pingEveryMs / 1000);
  load.framesIn += pings;
  load.charge(costs.PING, pings);
  load.reply(pings, ASSUMED.smallFrameBytes);
  load.run("command", pings, QUERY_MS, costs.PING.calls.length);
}

function addConnections(load: Load, traffic: Traffic): void {
  const renewals = load.connections / (CONNECTION_HOURS * 3600);
  const returns = (load.connections * traffic.reconnectsPerDay) / 86_400;
  const arrivals = (traffic.users * traffic.comingsPerDay) / 86_400;
  // A renewal announces the user again; a reconnect within the grace period does not.
  addConnects(load, traffic, renewals + arrivals, true);
  addConnects(load, traffic, returns, false);
  load.charge(costs.LAST_CLOSED, renewals + returns);
  load.readUnits += renewals + returns;
  load.charge(costs.departure(traffic.watchers), arrivals);
  load.run("disconnect", renewals + returns + arrivals, SINGLE_MS + PUBLISH_MS, 2);
  load.record(renewals + returns + arrivals);
  load.run("presence", renewals + returns, QUERY_MS, 1);
  load.run("presence", arrivals, QUERY_MS + SINGLE_MS + PUBLISH_MS, 3);
  addAnnouncements(load, traffic, arrivals);
}

/** Adds connections as the client opens them: each syncs and watches the users it shows. */
export function addConnects(load: Load, traffic: Traffic, connects: number, isAnnounced: boolean): void {
  const { watchers, conversations, groupSize } = traffic;
  load.connects += connects;
  load.run("authorize", connects, 0, TOKEN_CALLS);
  if (isAnnounced) {
    load.charge(costs.arrival(watchers), connects);
    load.run("connect", connects, SINGLE_MS + PUBLISH_MS, 3);
    addAnnouncements(load, traffic, connects);
  } else {
    load.charge(costs.CLOSED, connects);
    load.run("connect", connects, SINGLE_MS, 1);
  }
  const groups = Math.round(conversations * traffic.groupShare);
  const sync = costs.sync(conversations - groups, groups, groupSize);
  load.framesIn += connects;
  load.charge(sync, connects);
  load.reply(connects, ASSUMED.smallFrameBytes + conversations * ASSUMED.syncedConversationBytes);
  load.run("command", connects, (groups > 0 ? 4 : 3) * QUERY_MS, sync.calls.length);
  if (watchers === 0) return;
  const watch = costs.watch(watchers);
  load.framesIn += connects;
  load.charge(watch, connects);
  load.reply(connects, ASSUMED.smallFrameBytes);
  load.run("command", connects, 3 * QUERY_MS + 2 * SINGLE_MS, watch.calls.length);
}

/** Adds the pushes to watchers. Table units are included in the arrival or departure. */
function addAnnouncements(load: Load, { watchers, devices }: Traffic, announcements: number): void {
  load.record(announcements);
  load.post(announcements * watchers * devices, ASSUMED.smallFrameBytes);
  load.run("deliver", announcements, 2 * QUERY_MS + POST_MS, 2 + watchers * devices);
}

/** Returns the number of queues with a trigger. Each is polled even when it is empty. */
export function polledQueues(lanes: number): { fifo: number; standard: number } {
  const queues = { fifo: 0, standard: 0 };
  for (const [name, channel] of Object.entries<ChannelSpec>(CHANNELS)) {
    const kind = channel.queueAttributes.FifoQueue === "true" ? "fifo" : "standard";
    queues[kind] += (name === "entries" ? lanes : 1) + (channel.deadLetters ? 1 : 0);
  }
  return queues;
}

/** Adds the polls of all queues. Slightly too many for busy queues: a poll that finds records does not wait. */
function addPolls(load: Load, { lanes }: Traffic): void {
  const { fifo, standard } = polledQueues(lanes);
  load.fifoRequests += (fifo * POLLERS) / POLL_SECONDS;
  load.standardRequests += (standard * POLLERS) / POLL_SECONDS;
  // Reading the lane's depth: once in five seconds per environment of `send` and lane, at most once per publish.
  const environments = Math.ceil(load.busyMs.send / 1000);
  load.fifoRequests += Math.min(load.fifoPublishes, (environments * lanes) / 5);
}

/** Number of values of a metric's second dimension: the codes of protocol/errors.ts, and a maximum for other dimensions. */
function metricCount({ dimension }: MetricSpec): number {
  if (dimension === undefined) return 1;
  return dimension === "code" ? ERROR_CODES.length : 4;
}

/** Returns the billed units of a month. */
export function monthlyUnits(traffic: Traffic, load: Load = averageLoad(traffic)): Units {
  const seconds = ASSUMED.hoursPerMonth * 3600;
  const gb = (bytesPerSecond: number) => (bytesPerSecond * seconds) / 1e9;
  const ownMetrics = Object.values<MetricSpec>(METRICS).reduce((sum, metric) => sum + metricCount(metric), 0);
  const gbSeconds = FUNCTION_NAMES.reduce(
    (sum, name) => sum + (load.busyMs[name] / 1000) * (memoryMbOf(name, load.ingest) / 1024),
    0,
  );
  const lambdaLogGb = gb(load.allInvocations * ASSUMED.logBytesPerInvocation);
  const accessLogGb = gb((load.framesIn + 2 * load.connects) * ASSUMED.accessLogBytes);
  const storedGb = gb(load.messages * (traffic.textBytes + ASSUMED.storedOverheadBytes)) * traffic.monthsKept;
  return {
    gatewayMessages: (load.framesIn + load.posts + load.replies) * seconds,
    connectionMinutes: load.connections * ASSUMED.hoursPerMonth * 60,
    lambdaRequests: load.allInvocations * seconds,
    lambdaGbSeconds: gbSeconds * seconds,
    fifoPublishes: load.fifoPublishes * seconds,
    fifoPublishedGb: gb(load.fifoBytes),
    fifoDeliveries: load.fifoPublishes * seconds,
    fifoDeliveredGb: gb(load.fifoBytes),
    standardPublishes: load.standardPublishes * seconds,
    fifoRequests: load.fifoRequests * seconds,
    standardRequests: load.standardRequests * seconds,
    writeUnits: load.writeUnits * seconds,
    readUnits: load.readUnits * seconds,
    storedGb,
    backupGb: storedGb,
    lambdaLogGb,
    accessLogGb,
    keptLogGb: (lambdaLogGb + accessLogGb) * (ASSUMED.logDays / 30.4) * ASSUMED.logCompression,
    // A metric is billed for each hour in which it has a value.
    metrics: load.allInvocations > 0 ? traffic.metrics * ownMetrics : 0,
    alarms: traffic.alarms,
    dashboards: traffic.dashboards,
    traces: load.allInvocations * traffic.tracedShare * seconds,
    transferGb: gb(load.bytesOut),
    activeUsers: traffic.users * traffic.activeUsersPerConnected,
  };
}
