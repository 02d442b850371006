import { Logger } from "@aws-lambda-powertools/logger";
import type { LogAttributes } from "@aws-lambda-powertools/logger/types";
import type { Context } from "aws-lambda";
import type { Log } from "../../ports/log.ts";

export interface InvocationLog extends Log {
  /** Names the invocation (request id, function, cold start) in every line the handler logs. */
  around<E, R>(handler: (event: E) => Promise<R>): (event: E, context: Context) => Promise<R>;
}

/** Powertools: JSON lines. Service name and level come from its own variables, POWERTOOLS_*. */
export function invocationLog(): InvocationLog {
  const powertools = new Logger();
  return {
    info: (message, fields = {}) => powertools.info(message, fields as LogAttributes),
    warn: (message, fields = {}) => powertools.warn(message, fields as LogAttributes),
    error: (message, fields = {}) => powertools.error(message, fields as LogAttributes),
    around: (handler) => (event, context) => {
      powertools.addContext(context);
      return handler(event);
    },
  };
}
