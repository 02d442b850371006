import { AsyncLocalStorage } from "node:async_hooks";
import { Logger } from "@aws-lambda-powertools/logger";
import type { LogAttributes } from "@aws-lambda-powertools/logger/types";
import type { Context } from "aws-lambda";
import type { Log, LogFields } from "../../ports/log.ts";

export interface InvocationLog extends Log {
  /** Names the invocation (request id, function, cold start) in every line from here on. */
  begin(context: Context): void;
}

/** Powertools: JSON lines. Service name and level come from its own variables, POWERTOOLS_*. */
export function invocationLog(): InvocationLog {
  const powertools = new Logger();
  const scope = new AsyncLocalStorage<LogFields>();
  const all = (fields: LogFields = {}) => ({ ...scope.getStore(), ...fields }) as LogAttributes;
  return {
    debug: (message, fields) => powertools.debug(message, all(fields)),
    info: (message, fields) => powertools.info(message, all(fields)),
    warn: (message, fields) => powertools.warn(message, all(fields)),
    error: (message, fields) => powertools.error(message, all(fields)),
    about: (fields, work) => scope.run({ ...scope.getStore(), ...fields }, work),
    begin: (context) => powertools.addContext(context),
  };
}
