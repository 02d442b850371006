import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Route, WebSocketApi } from "../../local/gateway/api.ts";
import { Gateway } from "../../local/gateway/gateway.ts";
import { GATEWAY_LIMITS, type GatewayLimits } from "../../local/gateway/limits.ts";
import { handleManagement, managementEndpoint } from "../../local/gateway/management.ts";
import { StageThrottle } from "../../local/gateway/throttle.ts";
import { type HttpServer, type RequestHandler, startHttpServer } from "../../local/http/server.ts";
import { Clock } from "../../local/util/clock.ts";
import { STAGE_THROTTLE, type ThrottleLimits } from "../../wiring/manifest.ts";
import { eventually } from "../support/eventually.ts";

// biome-ignore lint/suspicious/noExplicitAny: the tests' stand-ins read any property of an event.
export type Event = any;
export type Functions = Record<string, (event: Event) => unknown>;

export function policy(effect: "Allow" | "Deny", resource: string) {
  return {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: effect, Resource: resource }],
  };
}

const FUNCTIONS: Functions = {
  authorize: ({ methodArn }) => ({
    principalId: "alice",
    policyDocument: policy("Allow", methodArn),
    context: {},
  }),
  connect: () => ({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "parley.v1" } }),
  disconnect: () => ({ statusCode: 200 }),
  command: ({ body }) => ({ statusCode: 200, body: `echo ${body}` }),
  send: () => ({ statusCode: 200, body: "not to be seen" }),
};

const ROUTES: Record<string, Route> = {
  $connect: { function: "connect", response: false },
  $disconnect: { function: "disconnect", response: false },
  $default: { function: "command", response: true },
  sync: { function: "command", response: true },
  send: { function: "send", response: false },
};

export interface GatewayFixture {
  readonly api: WebSocketApi;
  readonly gateways: readonly Gateway[];
  readonly managementEndpoint: string;
  /** The events of each function. */
  readonly events: Record<string, Event[]>;
  readonly logged: string[];
}

/** Starts two gateways with stand-ins for the functions; they stop when the test ends. */
export async function startGateways(
  functions: Functions = {},
  options: {
    limits?: Partial<GatewayLimits>;
    frameJitterMs?: number;
    throttle?: ThrottleLimits;
    routeThrottles?: Record<string, ThrottleLimits>;
  } = {},
): Promise<GatewayFixture> {
  const all: Functions = { ...FUNCTIONS, ...functions };
  const events: Record<string, Event[]> = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  const logged: string[] = [];
  const clock = new Clock();
  const api: WebSocketApi = {
    region: "eu-central-1",
    routes: ROUTES,
    routeSelection: "$request.body.type",
    authorizer: { function: "authorize", identitySource: "route.request.header.Sec-WebSocket-Protocol" },
    pages: "local",
    limits: { ...GATEWAY_LIMITS, ...options.limits },
    throttle: new StageThrottle(options.throttle ?? STAGE_THROTTLE, options.routeThrottles ?? {}, clock),
    clock,
    frameJitterMs: options.frameJitterMs ?? 0,
    interceptPost: (_, __, post) => post(),
    connections: new Map(),
    log: (line) => logged.push(line),
    async invoke(name, event) {
      events[name]?.push(event);
      return all[name]?.(event);
    },
  };
  const handlers: RequestHandler[] = [(request, response) => handleManagement(api, request, response)];
  const http: HttpServer = await startHttpServer(0, handlers, (line) => logged.push(line));
  const gateways = [new Gateway(api, "A", 0), new Gateway(api, "B", 0)];
  for (const gateway of gateways) await gateway.start();
  onTestFinished(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await http.stop();
  });
  return { api, gateways, managementEndpoint: managementEndpoint(http.url), events, logged };
}

/** Waits for the function's first event. */
export async function firstEvent({ events }: GatewayFixture, name: string): Promise<Event> {
  return eventually(`${name} to be called`, () => events[name]?.[0]);
}

export interface Client {
  readonly socket: WebSocket;
  readonly messages: string[];
  readonly closed: Promise<number>;
}

/** Opens a connection; rejects with `Refused` if the handshake is refused. */
export function connect(url: string, protocols: readonly string[] = ["parley.v1", "token"]): Promise<Client> {
  const socket = new WebSocket(url, [...protocols]);
  onTestFinished(() => socket.terminate());
  const messages: string[] = [];
  socket.on("message", (data) => messages.push(data.toString()));
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve({ socket, messages, closed }));
    socket.on("error", reject);
    socket.on("unexpected-response", (_request, response) => reject(new Refused(response.statusCode ?? 0)));
  });
}

class Refused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`refused with ${status}`);
    this.status = status;
  }
}
