import {
  ADMISSION_DEPTH,
  AUTHORIZER,
  CHANNELS,
  DEFAULT_EVENTS,
  DEFAULT_INGEST,
  DEFAULT_WHO_MAY_ADD,
  FUNCTION_NAMES,
  type FunctionName,
  type IngestMode,
  ROUTE_SELECTION,
  ROUTE_THROTTLES,
  ROUTES,
  respondingRoutes,
  STAGE_THROTTLE,
} from "../wiring/manifest.ts";
import { originsVariable } from "../wiring/origins.ts";
import type { Cloud, CloudOptions, InterposedService } from "./cloud-options.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { type DynamoDb, startDynamoDb } from "./dynamodb/dynamodb.ts";
import { openTable } from "./dynamodb/table.ts";
import type { Route, WebSocketApi } from "./gateway/api.ts";
import { Gateway } from "./gateway/gateway.ts";
import { createHealthCheck, roundRobin } from "./gateway/health.ts";
import { GATEWAY_LIMITS } from "./gateway/limits.ts";
import { handleManagement, managementEndpoint } from "./gateway/management.ts";
import { StageThrottle } from "./gateway/throttle.ts";
import { type HttpServer, type RequestHandler, startHttpServer } from "./http/server.ts";
import { AUDIENCE, createIssuer } from "./issuer/issuer.ts";
import { loadIssuerKeys } from "./issuer/keys.ts";
import { defineExtraFunction, defineFunctions, type FunctionsOptions } from "./lambda/define-functions.ts";
import type { VariableValues } from "./lambda/environment.ts";
import { createInvokeApi } from "./lambda/invoke-api.ts";
import { openFunctionLog } from "./lambda/log.ts";
import { type Runner, startRunner } from "./lambda/runner.ts";
import {
  allChannelInputs,
  type Channels,
  channelDepth,
  channelResources,
  expireLanes,
} from "./messaging/channels.ts";
import { type Messaging, startMessaging } from "./messaging/messaging.ts";
import { provisionChannels } from "./messaging/provision.ts";
import { startTriggers, type Triggers } from "./messaging/triggers.ts";
import { createOutputs } from "./outputs.ts";
import { Clock } from "./util/clock.ts";
import { Teardown } from "./util/teardown.ts";
import { createWeb, NO_WEB, userOf, type Web } from "./web/web.ts";

const DEFAULT_REGION = "eu-central-1";
const DEFAULT_WORKERS = 2;
/** Workers of the functions that every message passes. */
const MORE_WORKERS: Partial<Record<FunctionName, number>> = { send: 4, command: 4, commit: 4, deliver: 4 };
/** Time that a stop gives to `$disconnect` and to batches under way. After it they are cut off, as by a crash. */
const STOP_GRACE_MS = 1500;

/** Everything that the parts of one cloud share. */
interface Context {
  readonly options: CloudOptions;
  readonly region: string;
  readonly ingest: IngestMode;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Undefined for a cloud in memory. */
  readonly folder: DataFolder | undefined;
  readonly teardown: Teardown;
}

interface Services {
  readonly dynamodb: DynamoDb;
  readonly table: string;
  readonly messaging: Messaging;
  readonly channels: Channels;
  readonly http: HttpServer;
  /** Handlers of the HTTP server, filled when the parts they need have started. */
  readonly handlers: RequestHandler[];
  /** The real ones, even if something is interposed for the functions. */
  readonly endpoints: Readonly<Record<InterposedService, string>>;
}

type Endpoints = Services["endpoints"];

/** Starts all parts; if one fails, stops those that have started. The bundles must have been built. */
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
  const context = createContext(options, teardown);
  const services = await startServices(context);
  const runner = await startFunctions(context, services);
  const gateways: Gateway[] = [];
  const connections: WebSocketApi["connections"] = new Map();
  const web = startWeb(context, runner, gateways, connections);
  const triggers = connectTriggers(context, services, runner, web);
  await startGateways(context, services, runner, web, gateways, connections);
  const { dynamodb, messaging, channels, http, endpoints } = services;
  return {
    url: http.url,
    gateways,
    endpoints,
    resources: resourcesOf(services),
    functions: {
      invoke: runner.invoke,
      crash: runner.crash,
      reload: runner.reload,
      pause: triggers.pause,
      resume: triggers.resume,
    },
    queues: {
      expireVisibility: (channel) => expireLanes(messaging, channels[channel]),
      depth: (channel) => channelDepth(messaging, channels[channel]),
    },
    clock: { advance: (ms) => context.clock.advance(ms), now: () => context.clock.now() },
    reloadPage: web.reloadPage,
    failed: dynamodb.died,
    stop: () => teardown.run(),
  };
}

function createContext(options: CloudOptions, teardown: Teardown): Context {
  const { region = DEFAULT_REGION, ingest = DEFAULT_INGEST, log = (line) => console.error(line) } = options;
  const folder = options.dataDir === undefined ? undefined : openDataFolder(options.dataDir);
  if (folder !== undefined) teardown.defer(() => folder.release());
  return { options, region, ingest, log, folder, teardown, clock: new Clock() };
}

/** Starts the stand-ins for AWS services and the HTTP server, and creates the resources. */
async function startServices({ options, region, folder, log, teardown }: Context): Promise<Services> {
  const dynamodb = teardown.use(await startDynamoDb({ dataDir: folder?.dynamodb }));
  const table = teardown.use(await openTable(dynamodb, { region, inMemory: folder === undefined }));
  const messaging = teardown.use(await startMessaging({ region, dataDir: folder?.messaging }));
  const channels = allChannelInputs(options, region);
  await provisionChannels(messaging, channels);
  const handlers: RequestHandler[] = [];
  const http = teardown.use(await startHttpServer(options.port ?? 0, handlers, log));
  const endpoints = {
    dynamodb: dynamodb.endpoint,
    sns: messaging.endpoint,
    sqs: messaging.endpoint,
    management: managementEndpoint(http.url),
  };
  return { dynamodb, table: table.name, messaging, channels, http, handlers, endpoints };
}

/** Starts the runner of the functions. */
async function startFunctions(context: Context, services: Services): Promise<Runner> {
  const { options, region, ingest, clock, teardown } = context;
  const onLog = logSink(context);
  const endpoints = await interposeAll(options, services.endpoints);
  const functions: FunctionsOptions = {
    values: variableValues(context, services, endpoints),
    endpoints,
    region,
    logLevel: options.logLevel ?? "INFO",
    ingest,
    workers: (name) => workersOf(options, name) * Math.max(1, channelsOf(name)),
  };
  const extra = (options.extraFunctions ?? []).map((one) => defineExtraFunction(one, functions));
  const definitions = [...defineFunctions(functions), ...extra];
  return teardown.use(startRunner(definitions, { clock, region, onLog }));
}

/** Channels that trigger the function: each has workers of its own, as its trigger has concurrency of its own on AWS. */
function channelsOf(name: FunctionName): number {
  return Object.values(CHANNELS).filter(({ trigger }) => trigger.function === name).length;
}

function workersOf({ workers }: CloudOptions, name: FunctionName): number {
  return workers?.[name] ?? MORE_WORKERS[name] ?? DEFAULT_WORKERS;
}

function logSink({ options, folder, teardown }: Context): (functionName: string, line: string) => void {
  const file = folder === undefined ? undefined : openFunctionLog(folder.functionLog);
  if (file !== undefined) teardown.defer(() => file.close());
  const onLine =
    options.onLog ?? (file === undefined ? (name, line) => console.error(`${name} ${line}`) : undefined);
  return (name, line) => {
    file?.write(name, line);
    onLine?.(name, line);
  };
}

/** Returns the endpoints that the functions use. */
async function interposeAll({ interpose }: CloudOptions, endpoints: Endpoints): Promise<Endpoints> {
  const interposed = Object.entries(endpoints).map(async ([service, url]) => {
    const other = await interpose?.(service as InterposedService, url);
    return [service, (other ?? url).replace(/\/$/, "")];
  });
  return Object.fromEntries(await Promise.all(interposed)) as Endpoints;
}

function variableValues(
  { options, ingest }: Context,
  { table, channels, http }: Services,
  endpoints: Endpoints,
): VariableValues {
  const entries = channelResources(channels.entries, endpoints.sqs);
  const outbound = channelResources(channels.outbound, endpoints.sqs);
  const notices = channelResources(channels.notices, endpoints.sqs);
  const presence = channelResources(channels.presence, endpoints.sqs);
  return {
    name: "parley-local",
    table,
    entriesTopicArn: entries.topicArn,
    entriesQueueUrls: entries.queueUrls.join(","),
    entriesDeadLetterQueueUrl: entries.deadLetterQueueUrl,
    parkedQueueUrl: entries.parkedQueueUrl ?? "",
    admissionDepth: String(options.admissionDepth ?? ADMISSION_DEPTH),
    outboundTopicArn: outbound.topicArn,
    outboundQueueUrl: outbound.queueUrls.join(","),
    noticesQueueUrl: notices.queueUrls.join(","),
    presenceQueueUrl: presence.queueUrls.join(","),
    managementEndpoint: endpoints.management,
    ...(options.tokens ?? { issuer: http.url, audience: AUDIENCE, userClaim: "sub" }),
    allowedOrigins: originsVariable(options.allowedOrigins ?? []),
    epochFloor: String(options.epochFloor ?? 1),
    events: (options.events ?? DEFAULT_EVENTS).join(","),
    retentionDays: String(options.retentionDays ?? 0),
    whoMayAdd: options.whoMayAdd ?? DEFAULT_WHO_MAY_ADD,
    ingest,
  };
}

function startWeb(
  { options }: Context,
  runner: Runner,
  gateways: readonly Gateway[],
  connections: WebSocketApi["connections"],
): Web {
  if (options.web === undefined) return NO_WEB;
  return createWeb(options.web, options.liveReload ?? false, {
    gateways,
    dropSockets(user) {
      for (const connection of connections.values())
        if (userOf(connection.facts) === user) connection.terminate();
    },
    crashWriters: () => {
      for (const name of ["send", "commit"] as const) runner.crash(name);
    },
  });
}

/** Starts to poll the queues and to invoke their functions. */
function connectTriggers(context: Context, services: Services, runner: Runner, web: Web): Triggers {
  const { options, region, log, teardown } = context;
  const { messaging, channels } = services;
  const triggers = startTriggers({
    messaging,
    channels,
    region,
    concurrency: (name) => workersOf(options, name),
    invokeFrom: (queueName) => web.traceQueue(queueName, runner.invoke),
    errorRetryDelayMs: options.errorRetryDelayMs,
    log,
  });
  return teardown.use(triggers, STOP_GRACE_MS);
}

/** Adds the handlers of the HTTP server, then creates the gateways and starts them. */
async function startGateways(
  context: Context,
  services: Services,
  runner: Runner,
  web: Web,
  gateways: Gateway[],
  connections: WebSocketApi["connections"],
): Promise<void> {
  const { options, folder, clock, region, ingest, log, teardown } = context;
  const { http, handlers, endpoints } = services;
  const { idleTimeoutMs, connectionDurationMs } = options;
  const api: WebSocketApi = {
    region,
    routes: routesOf(ingest, options.extraFunctions),
    routeSelection: ROUTE_SELECTION,
    authorizer: AUTHORIZER,
    pages: (options.allowedOrigins ?? []).length > 0 ? "any" : "local",
    limits: {
      ...GATEWAY_LIMITS,
      ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
      ...(connectionDurationMs !== undefined && { connectionDurationMs }),
    },
    throttle: new StageThrottle(
      options.throttle ?? STAGE_THROTTLE,
      options.routeThrottles ?? ROUTE_THROTTLES,
      clock,
    ),
    clock,
    invoke: web.traceRoutes(runner.invoke, connections),
    frameJitterMs: options.frameJitterMs ?? 0,
    log,
    interceptPost: web.interceptPost,
    connections,
  };
  for (let index = 0; index < (options.gateways ?? 2); index++) {
    const name = String.fromCharCode("A".charCodeAt(0) + index);
    gateways.push(new Gateway(api, name, options.port ? options.port + 1 + index : 0));
  }
  const all = { stop: async () => void (await Promise.all(gateways.map((gateway) => gateway.stop()))) };
  teardown.use(all, STOP_GRACE_MS);
  const nextGatewayUrl = roundRobin(gateways);
  const keys = await loadIssuerKeys(folder?.issuerKeys);
  handlers.push(
    (request, response) => handleManagement(api, request, response),
    createIssuer({ url: http.url, keys, clock, nextGatewayUrl }),
    createInvokeApi({ functionNames: FUNCTION_NAMES, invoke: runner.invoke }),
    createHealthCheck(gateways),
    createOutputs({ ...resourcesOf(services), url: http.url, region, endpoints, nextGatewayUrl }),
    ...web.handlers,
  );
  for (const gateway of gateways) await gateway.start();
}

function routesOf(
  ingest: IngestMode,
  extraFunctions: CloudOptions["extraFunctions"] = [],
): WebSocketApi["routes"] {
  const responding = respondingRoutes(ingest);
  const routes = Object.entries(ROUTES).map(([key, route]): [string, Route] => [
    key,
    { function: route.function, response: responding.has(key) },
  ]);
  const extra = extraFunctions.map(({ name }): [string, Route] => [name, { function: name, response: true }]);
  return Object.fromEntries([...routes, ...extra]);
}

function resourcesOf({ table, channels, messaging: { endpoint } }: Services): Cloud["resources"] {
  return {
    table,
    channels: {
      entries: channelResources(channels.entries, endpoint),
      outbound: channelResources(channels.outbound, endpoint),
      notices: channelResources(channels.notices, endpoint),
      presence: channelResources(channels.presence, endpoint),
    },
  };
}
