import type { WebPageConfig } from "../../wiring/web-page.ts";
import type { ConnectionFacts, Invoke, OpenConnection, WebSocketApi } from "../gateway/api.ts";
import type { RequestHandler } from "../http/server.ts";
import { type Breakable, Faults } from "./faults.ts";
import { LiveReload } from "./live-reload.ts";
import { createWebPage } from "./page.ts";
import { bodyOf, type ConnectionOwner, tracePost, traceQueue, traceRoutes } from "./trace-invocations.ts";
import { TraceLog } from "./trace-log.ts";

/** The web page, and the hooks through which its inspector sees messages and breaks parts of the cloud. */
export interface Web {
  readonly handlers: readonly RequestHandler[];
  /** Returns `invoke` for the routes of the gateways, with a trace. */
  traceRoutes(invoke: Invoke, connections: WebSocketApi["connections"]): Invoke;
  /** Returns `invoke` for the batches of a queue, with a trace. */
  traceQueue(name: string, invoke: Invoke): Invoke;
  readonly interceptPost: WebSocketApi["interceptPost"];
  /** Serves the page as it is built now. With live reload, browsers then reload it. */
  readonly reloadPage: () => void;
}

export function createWeb(config: WebPageConfig, withLiveReload: boolean, breakable: Breakable): Web {
  const trace = new TraceLog();
  const faults = new Faults(breakable);
  const liveReload = withLiveReload ? new LiveReload() : undefined;
  const page = createWebPage(config, liveReload);
  return {
    handlers: [page.handler, trace.handler, faults.handler, ...(liveReload ? [liveReload.handler] : [])],
    traceRoutes: (invoke, connections) =>
      traceRoutes(
        trace,
        (connectionId) => ownerOf(connections.get(connectionId)),
        (name, event) => losingAnswers(faults, invoke(name, event)),
      ),
    traceQueue: (name, invoke) => traceQueue(trace, name, invoke),
    interceptPost(connection, text, post) {
      if (faults.losesPost(text)) return "lost";
      const outcome = post();
      tracePost(trace, ownerOf(connection), text, outcome);
      return outcome;
    },
    reloadPage: page.reload,
  };
}

/** A cloud without a page traces nothing. */
export const NO_WEB: Web = {
  handlers: [],
  traceRoutes: (invoke) => invoke,
  traceQueue: (_, invoke) => invoke,
  interceptPost: (_, __, post) => post(),
  reloadPage: () => {},
};

/** Fails instead of an answer that a fault loses. */
async function losingAnswers(faults: Faults, invocation: Promise<unknown>): Promise<unknown> {
  const result = await invocation;
  if (faults.losesAnswer(bodyOf(result))) throw new Error("the worker was killed");
  return result;
}

function ownerOf(connection: OpenConnection | undefined): ConnectionOwner | undefined {
  if (connection === undefined) return undefined;
  return { gateway: connection.facts.gateway, user: userOf(connection.facts) };
}

/** Returns the user whom the authorizer has let in. It names the user in ASCII. */
export function userOf({ authorizer }: ConnectionFacts): string {
  return decodeURIComponent(authorizer?.principalId ?? "");
}
