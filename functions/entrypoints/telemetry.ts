import { AsyncLocalStorage } from "node:async_hooks";
import { Logger } from "@aws-lambda-powertools/logger";
import type { LogAttributes } from "@aws-lambda-powertools/logger/types";
import { Metrics as Powertools } from "@aws-lambda-powertools/metrics";
import type { Context } from "aws-lambda";
import { METRICS, METRICS_NAMESPACE, type MetricName } from "../../wiring/metrics.ts";
import type { Log, LogFields } from "../ports/log.ts";
import type { Dimensioned, Metrics } from "../ports/metrics.ts";

type Handler<E, R> = (event: E, context: Context) => Promise<R>;

export interface Invocation {
  readonly log: Log;
  readonly metrics: Metrics;
  /**
   * Wraps a handler: every line it logs names the invocation, and its counts are emitted when it ends, even by an
   * error.
   */
  wrap<E, R>(handler: Handler<E, R>): Handler<E, R>;
}

/** Creates log and metrics of a function; `name` is the metrics' service name. */
export function invocation(name: string): Invocation {
  const log = invocationLog();
  const metrics = invocationMetrics(name);
  return {
    log,
    metrics,
    wrap: (handler) => async (event, context) => {
      log.begin(context);
      try {
        return await handler(event, context);
      } finally {
        metrics.end();
      }
    },
  };
}

export interface InvocationLog extends Log {
  /** Adds the invocation (request id, function, cold start) to every line from here on. */
  begin(context: Context): void;
}

/**
 * Creates a Powertools logger, which writes JSON lines. Service name and level come from its own variables,
 * POWERTOOLS_*.
 */
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

export interface InvocationMetrics extends Metrics {
  /** Emits the counts since the last call; nothing if there are none. */
  end(): void;
}

/**
 * Creates Powertools metrics, which write lines in CloudWatch's embedded metric format (EMF); they cost bytes and no
 * call. A line holds one set of dimensions, so an invocation writes one line for all metrics that have only
 * `service`, and one for each value of another dimension. Counts are added up first: a million pushes are not a
 * million values.
 */
export function invocationMetrics(service: string): InvocationMetrics {
  // Its variable (POWERTOOLS_SERVICE_NAME) is the logger's, and names the function too.
  const powertools = new Powertools({ namespace: METRICS_NAMESPACE, serviceName: service });
  const counts = new Map<MetricName, number>();
  const byDimension = new Map<Dimensioned, Map<string, number>>();

  return {
    count: (name, times = 1) => void counts.set(name, (counts.get(name) ?? 0) + times),
    countBy: (name, value, times = 1) => {
      const values = byDimension.get(name) ?? new Map<string, number>();
      byDimension.set(name, values.set(value, (values.get(value) ?? 0) + times));
    },
    measure: (name, ms) => void powertools.addMetric(name, METRICS[name].unit, ms),
    end: () => {
      for (const [name, times] of counts) powertools.addMetric(name, METRICS[name].unit, times);
      counts.clear();
      // Checked first: Powertools warns when there is nothing to publish.
      if (powertools.hasStoredMetrics()) powertools.publishStoredMetrics();
      for (const [name, values] of byDimension) {
        const { dimension, unit } = METRICS[name];
        for (const [value, times] of values) {
          powertools.singleMetric().addDimension(dimension, value).addMetric(name, unit, times);
        }
      }
      byDimension.clear();
    },
  };
}
