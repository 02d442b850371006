/** Structured logging. Fields never hold a token, a message body or a whole frame. */
export interface Log {
  /** Where a frame is on its way. Not written unless someone looks for one: log bytes cost money. */
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;

  /** Every line that is logged while `work` runs, by whomever it calls, has these fields besides its own. */
  about<T>(fields: LogFields, work: () => Promise<T>): Promise<T>;
}

/**
 * `frames` are the ids (`frameId`) of those a line is about: they are how a frame is followed through all functions.
 */
export type LogFields = Readonly<Record<string, unknown>> & { readonly frames?: readonly string[] };
