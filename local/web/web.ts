import type { WebPageConfig } from "../../wiring/web-page.ts";
import type { WebSocketApi } from "../gateway/api.ts";
import type { RequestHandler } from "../http/server.ts";
import { type Breakable, Faults } from "./faults.ts";
import { createWebPage } from "./page.ts";
import { TraceLog } from "./trace-log.ts";
import { notePost, type Whereabouts, watchingQueue, watchingRoutes } from "./watch.ts";

type Invoke = WebSocketApi["invoke"];

/** What the cloud does otherwise when there is a page to show it. */
export interface Web {
  readonly handlers: readonly RequestHandler[];
  /** `invoke`, and the page hears of it. */
  routes(invoke: Invoke, connections: WebSocketApi["connections"]): Invoke;
  queue(name: string, invoke: Invoke): Invoke;
  readonly posting: WebSocketApi["posting"];
}

/** The web page, what it tells of messages, and what it may break. */
export function createWeb(config: WebPageConfig, breakable: Breakable): Web {
  const hops = new TraceLog();
  const faults = new Faults(breakable);
  return {
    handlers: [createWebPage(config), hops.handler, faults.handler],
    routes: (invoke, connections) =>
      watchingRoutes(hops, (connectionId) => whereabouts(connections.get(connectionId)), invoke),
    queue: (name, invoke) => watchingQueue(hops, name, invoke),
    posting(connection, text, post) {
      if (faults.losesPost(text)) return "lost";
      const outcome = post();
      notePost(hops, whereabouts(connection), text, outcome);
      return outcome;
    },
  };
}

/** Where there is no page nothing is watched. */
export const NO_WEB: Web = {
  handlers: [],
  routes: (invoke) => invoke,
  queue: (_, invoke) => invoke,
  posting: (_, __, post) => post(),
};

function whereabouts(connection: Parameters<WebSocketApi["posting"]>[0]): Whereabouts | undefined {
  if (connection === undefined) return undefined;
  const { gateway, authorizer } = connection.facts;
  return { gateway, user: authorizer?.principalId ?? "" };
}
