import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { bundleDirectory } from "../wiring/build-directories.ts";
import {
  ADMISSION_DEPTH,
  AUTHORIZER,
  type ChannelName,
  DEFAULT_EVENTS,
  FUNCTION_NAMES,
  FUNCTIONS,
  type FunctionName,
  ROUTE_SELECTION,
  ROUTES,
} from "../wiring/manifest.ts";
import { originsVariable } from "../wiring/origins.ts";
import type { ChannelResources, Cloud, CloudOptions, InterposedService } from "./cloud-options.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { type DynamoDb, startDynamoDb } from "./dynamodb/dynamodb.ts";
import type { WebSocketApi } from "./gateway/api.ts";
import { Gateway } from "./gateway/gateway.ts";
import { GATEWAY_LIMITS } from "./gateway/limits.ts";
import { handleManagement, managementEndpoint } from "./gateway/management.ts";
import { type RequestHandler, startHttpServer } from "./http/server.ts";
import { AUDIENCE, createIssuer } from "./issuer/issuer.ts";
import { loadIssuerKeys } from "./issuer/keys.ts";
import { functionEnvironment, type Wiring } from "./lambda/environment.ts";
import type { FunctionDefinition } from "./lambda/function-definition.ts";
import { createInvokeApi } from "./lambda/invoke-api.ts";
import { openFunctionLog } from "./lambda/log.ts";
import { createRunner, type Runner } from "./lambda/runner.ts";
import { type EventSource, startEventSource } from "./messaging/event-source.ts";
import { type Messaging, queueUrl, startMessaging } from "./messaging/messaging.ts";
import { provisionChannel, provisionTable } from "./messaging/provision.ts";
import {
  CHANNEL_NAMES,
  type ChannelInputs,
  channelInputs,
  channelSpec,
  lanesOf,
} from "./messaging/resources.ts";
import { createOutputs } from "./outputs.ts";
import { Clock } from "./util/clock.ts";
import { clientConfig } from "./util/sdk.ts";
import { StartError } from "./util/start-error.ts";
import { atMost, Teardown } from "./util/teardown.ts";
import { createWeb, NO_WEB } from "./web/web.ts";

const DEFAULT_REGION = "eu-central-1";
const DEFAULT_WORKERS = 2;
/** The functions every message passes. */
const MORE_WORKERS: Partial<Record<FunctionName, number>> = { send: 4, command: 4, commit: 4, deliver: 4 };
/** What a stop grants to `$disconnect` and to batches under way; the rest is cut off, as by a crash. */
const STOP_GRACE_MS = 1500;

/** Starts all parts, or none: on failure what had started is stopped. The bundles must have been made. */
export async function startCloud(options: CloudOptions = {}): Promise<Cloud> {
  const teardown = new Teardown();
  try {
    return await start(options, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function start(options: CloudOptions, teardown: Teardown): Promise<Cloud> {
  const { region = DEFAULT_REGION, log = (line) => console.error(line) } = options;
  const clock = new Clock();
  const folder = options.dataDir === undefined ? undefined : openDataFolder(options.dataDir);
  if (folder !== undefined) teardown.defer(() => folder.release());
  const onLog = logSink(options, folder, teardown);

  const dynamodb = await startDynamoDb({ dataDir: folder?.dynamodb });
  teardown.defer(() => dynamodb.stop());
  const table = await createTable(dynamodb, folder, region, teardown);
  const messaging = await startMessaging({ region, dataDir: folder?.messaging });
  teardown.defer(() => messaging.stop());
  const channels = inputsOf(options, region);
  for (const inputs of Object.values(channels)) {
    await provisionChannel(messaging, inputs);
    // Whatever an earlier process had in hand died with it.
    for (const name of queueNames(inputs)) await messaging.expireVisibility(name);
  }

  const handlers: RequestHandler[] = [];
  const front = await startHttpServer(options.port ?? 0, handlers, log);
  teardown.defer(() => front.stop());

  const endpoints = {
    dynamodb: dynamodb.endpoint,
    sns: messaging.endpoint,
    sqs: messaging.endpoint,
    management: managementEndpoint(front.url),
  };
  const given = await interposeAll(options, endpoints);
  const entries = resourcesOf(channels.entries, given.sqs);
  const outbound = resourcesOf(channels.outbound, given.sqs);
  const wiring: Wiring = {
    name: "parley-local",
    table,
    entriesTopicArn: entries.topicArn,
    entriesQueueUrls: entries.queueUrls.join(","),
    entriesDeadLetterQueueUrl: entries.deadLetterQueueUrl,
    parkedQueueUrl: entries.parkedQueueUrl ?? "",
    admissionDepth: String(options.admissionDepth ?? ADMISSION_DEPTH),
    outboundTopicArn: outbound.topicArn,
    outboundQueueUrl: outbound.queueUrls.join(","),
    presenceQueueUrl: resourcesOf(channels.presence, given.sqs).queueUrls.join(","),
    managementEndpoint: given.management,
    ...(options.tokens ?? { issuer: front.url, audience: AUDIENCE, userClaim: "sub" }),
    allowedOrigins: originsVariable(options.allowedOrigins ?? []),
    epochFloor: String(options.epochFloor ?? 1),
    events: (options.events ?? DEFAULT_EVENTS).join(","),
    retentionDays: String(options.retentionDays ?? 0),
  };
  const workers = (name: FunctionName) => options.workers?.[name] ?? MORE_WORKERS[name] ?? DEFAULT_WORKERS;
  const definitions = FUNCTION_NAMES.map((name): FunctionDefinition => {
    const { timeoutSeconds, memoryMb } = FUNCTIONS[name];
    const env = functionEnvironment(name, wiring, given, { region, logLevel: options.logLevel ?? "INFO" });
    return {
      name,
      bundle: bundleFile(name),
      timeoutMs: timeoutSeconds * 1000,
      memoryMb,
      env,
      maxWorkers: workers(name),
    };
  });
  const runner = createRunner(definitions, { clock, region, onLog });
  teardown.defer(() => runner.stop());

  const gateways: Gateway[] = [];
  const connections: WebSocketApi["connections"] = new Map();
  const invoke = (name: string, event: unknown) => runner.invoke(name, event);
  const web = options.web
    ? createWeb(options.web, {
        gateways,
        dropSockets(user) {
          for (const connection of connections.values())
            if (connection.facts.authorizer?.principalId === user) connection.terminate();
        },
        crashCommit: () => runner.crash("commit"),
      })
    : NO_WEB;

  const sources = new Map<FunctionName, readonly EventSource[]>();
  for (const channel of CHANNEL_NAMES) {
    const connect = (trigger: Trigger, queues: readonly { name: string; arn: string }[]) => {
      const delayMs = 1000 * delaySeconds(channel, options);
      const parts = { trigger, delayMs, region, messaging, options, log };
      const concurrency = Math.min(workers(trigger.function), trigger.maximumConcurrency);
      sources.set(
        trigger.function,
        queues.map((queue) =>
          connectTrigger({ ...parts, queue, concurrency, invoke: web.queue(queue.name, invoke) }),
        ),
      );
    };
    const { trigger, deadLetters } = channelSpec(channel);
    const inputs = channels[channel];
    const dead = { name: inputs.deadLetterQueue.QueueName, arn: inputs.deadLetterQueueArn };
    connect(
      trigger,
      lanesOf(inputs).map(({ queue, queueArn }) => ({ name: queue.QueueName, arn: queueArn })),
    );
    if (deadLetters !== undefined) connect(deadLetters.trigger, [dead]);
  }
  teardown.defer(() =>
    atMost(STOP_GRACE_MS, Promise.all([...sources.values()].flat().map((source) => source.stop()))),
  );

  const api: WebSocketApi = {
    region,
    routes: ROUTES,
    routeSelection: ROUTE_SELECTION,
    authorizer: AUTHORIZER,
    limits: {
      ...GATEWAY_LIMITS,
      ...(options.idleTimeoutMs !== undefined && { idleTimeoutMs: options.idleTimeoutMs }),
      ...(options.connectionDurationMs !== undefined && {
        connectionDurationMs: options.connectionDurationMs,
      }),
    },
    clock,
    invoke: web.routes(invoke, connections),
    frameJitterMs: options.frameJitterMs ?? 0,
    log,
    posting: web.posting,
    connections,
  };
  for (let index = 0; index < (options.gateways ?? 2); index++) {
    const name = String.fromCharCode("A".charCodeAt(0) + index);
    gateways.push(new Gateway(api, name, options.port ? options.port + 1 + index : 0));
  }
  teardown.defer(() => atMost(STOP_GRACE_MS, Promise.all(gateways.map((gateway) => gateway.stop()))));
  const nextGatewayUrl = roundRobin(gateways);
  const resources = {
    table,
    channels: {
      entries: resourcesOf(channels.entries, messaging.endpoint),
      outbound: resourcesOf(channels.outbound, messaging.endpoint),
      presence: resourcesOf(channels.presence, messaging.endpoint),
    },
  };
  handlers.push(
    (request, response) => handleManagement(api, request, response),
    createIssuer({
      url: front.url,
      keys: await loadIssuerKeys(folder?.issuerKeys),
      clock,
      nextGatewayUrl,
    }),
    createInvokeApi({ functionNames: FUNCTION_NAMES, invoke }),
    health(gateways),
    createOutputs({
      ...resources,
      url: front.url,
      region,
      managementEndpoint: endpoints.management,
      endpoints,
      nextGatewayUrl,
    }),
    ...web.handlers,
  );
  for (const gateway of gateways) await gateway.start();

  return {
    url: front.url,
    gateways,
    endpoints,
    resources,
    functions: {
      invoke,
      crash: (name) => runner.crash(name),
      pause: (name, lane) => {
        for (const source of sourcesOf(sources, name, lane)) source.pause();
      },
      resume: (name, lane) => {
        for (const source of sourcesOf(sources, name, lane)) source.resume();
      },
    },
    queues: {
      async expireVisibility(channel) {
        for (const { queue } of lanesOf(channels[channel])) await messaging.expireVisibility(queue.QueueName);
      },
      depth: (channel) => depthOf(messaging, channels[channel]),
    },
    clock: { advance: (ms) => clock.advance(ms), now: () => clock.now() },
    failed: dynamodb.died,
    stop: () => teardown.run(),
  };
}

function logSink(
  options: CloudOptions,
  folder: DataFolder | undefined,
  teardown: Teardown,
): (functionName: string, line: string) => void {
  const file = folder === undefined ? undefined : openFunctionLog(folder.functionLog);
  if (file !== undefined) teardown.defer(() => file.close());
  const onLine =
    options.onLog ?? (file === undefined ? (name, line) => console.error(`${name} ${line}`) : undefined);
  return (name, line) => {
    file?.write(name, line);
    onLine?.(name, line);
  };
}

/** In memory means that nothing stays, also in a DynamoDB that is not ours. */
async function createTable(
  dynamodb: DynamoDb,
  folder: DataFolder | undefined,
  region: string,
  teardown: Teardown,
): Promise<string> {
  const temporary = dynamodb.external && folder === undefined;
  const table = temporary ? `parley-${randomUUID()}` : "parley";
  const client = new DynamoDBClient(clientConfig(dynamodb.endpoint, region));
  teardown.defer(async () => {
    if (temporary) await client.send(new DeleteTableCommand({ TableName: table }));
    client.destroy();
  });
  await provisionTable(client, table);
  return table;
}

async function interposeAll(
  options: CloudOptions,
  endpoints: Readonly<Record<InterposedService, string>>,
): Promise<Record<InterposedService, string>> {
  const given = Object.entries(endpoints).map(async ([service, url]) => {
    const other = await options.interpose?.(service as InterposedService, url);
    return [service, (other ?? url).replace(/\/$/, "")];
  });
  return Object.fromEntries(await Promise.all(given)) as Record<InterposedService, string>;
}

function bundleFile(name: FunctionName): string {
  const file = join(bundleDirectory(name), "index.mjs");
  if (!existsSync(file))
    throw new StartError(`There is no bundle of ${name}: ${file}. wiring/bundle.ts makes them.`);
  return file;
}

function inputsOf(
  { lanes, maxReceiveCount }: CloudOptions,
  region: string,
): Record<ChannelName, ChannelInputs> {
  return {
    entries: channelInputs("entries", region, {
      lanes,
      maxReceiveCount: maxReceiveCount?.entries,
      deadLetterMaxReceiveCount: maxReceiveCount?.entriesDeadLetters,
    }),
    outbound: channelInputs("outbound", region, { maxReceiveCount: maxReceiveCount?.outbound }),
    presence: channelInputs("presence", region, { maxReceiveCount: maxReceiveCount?.presence }),
  };
}

type Trigger = ReturnType<typeof channelSpec>["trigger"];

function connectTrigger(parts: {
  trigger: Trigger;
  delayMs: number;
  queue: { name: string; arn: string };
  region: string;
  messaging: Messaging;
  invoke: Runner["invoke"];
  concurrency: number;
  options: CloudOptions;
  log: (line: string) => void;
}): EventSource {
  const { trigger, delayMs, queue, region, messaging, invoke, concurrency, options, log } = parts;
  return startEventSource({
    sqs: messaging.sqs,
    queueUrl: queueUrl(messaging.endpoint, queue.name),
    queueArn: queue.arn,
    region,
    batchSize: trigger.batchSize,
    concurrency,
    errorRetryDelayMs: options.errorRetryDelayMs,
    delayMs,
    invoke: (event) => invoke(trigger.function, event),
    log,
  });
}

function delaySeconds(channel: ChannelName, { presenceGraceSeconds }: CloudOptions): number {
  const delay = Number(channelSpec(channel).queueAttributes.DelaySeconds ?? 0);
  return channel === "presence" ? (presenceGraceSeconds ?? delay) : delay;
}

function sourcesOf(
  sources: ReadonlyMap<FunctionName, readonly EventSource[]>,
  name: FunctionName,
  lane: number | undefined,
): readonly EventSource[] {
  const all = sources.get(name) ?? [];
  const wanted = all.filter((_, index) => lane === undefined || lane === index);
  if (wanted.length === 0) throw new Error(`${name} has no ${lane === undefined ? "queue" : `lane ${lane}`}`);
  return wanted;
}

function resourcesOf(inputs: ChannelInputs, sqsEndpoint: string): ChannelResources {
  const urlOf = (name: string) => queueUrl(sqsEndpoint, name);
  return {
    topicArn: inputs.topicArn,
    queueUrls: lanesOf(inputs).map(({ queue }) => urlOf(queue.QueueName)),
    deadLetterQueueUrl: urlOf(inputs.deadLetterQueue.QueueName),
    parkedQueueUrl: inputs.parkedQueue && urlOf(inputs.parkedQueue.QueueName),
  };
}

/** All queues of a channel. */
function queueNames(inputs: ChannelInputs): string[] {
  return [...lanesOf(inputs).map(({ queue }) => queue), inputs.deadLetterQueue, inputs.parkedQueue].flatMap(
    (queue) => (queue === undefined ? [] : [queue.QueueName]),
  );
}

function depthOf(messaging: Messaging, inputs: ChannelInputs) {
  const lanes = lanesOf(inputs).map(({ queue }) => messaging.depth(queue.QueueName));
  const sum = (of: (depth: (typeof lanes)[number]) => number) =>
    lanes.reduce((total, depth) => total + of(depth), 0);
  return {
    visible: sum(({ visible }) => visible),
    inFlight: sum(({ inFlight }) => inFlight),
    delayed: sum(({ delayed }) => delayed),
    deadLetters: messaging.depth(inputs.deadLetterQueue.QueueName).visible,
    parked: inputs.parkedQueue === undefined ? 0 : messaging.depth(inputs.parkedQueue.QueueName).visible,
  };
}

function roundRobin(gateways: readonly Gateway[]): () => string | undefined {
  let turn = 0;
  return () => {
    const running = gateways.filter((gateway) => gateway.running);
    return running[turn++ % running.length]?.url;
  };
}

function health(gateways: readonly Gateway[]): RequestHandler {
  return async (request, response) => {
    if (request.method !== "GET" || request.url !== "/healthz") return false;
    const list = gateways.map(({ name, url, running }) => ({ name, url, running }));
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ status: "ok", gateways: list }));
    return true;
  };
}
