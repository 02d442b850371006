import type { Context } from "aws-lambda";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import { invocationLog } from "../roots/clients/logger.ts";
import { invocationMetrics } from "../roots/clients/metrics.ts";

type Handler<E, R> = (event: E, context: Context) => Promise<R>;

export interface Invocation {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Names the invocation in every line the handler logs, and writes what it counted when it ends, well or not. */
  around<E, R>(handler: Handler<E, R>): Handler<E, R>;
}

/** `name`: whose metrics these are. */
export function invocation(name: string): Invocation {
  const log = invocationLog();
  const metrics = invocationMetrics(name);
  return {
    log,
    metrics,
    around: (handler) => async (event, context) => {
      log.begin(context);
      try {
        return await handler(event, context);
      } finally {
        metrics.end();
      }
    },
  };
}
