/** Structured logging. Fields never hold a token, a message body or a whole frame. */
export interface Log {
  /** Traces a frame on its way. Not written unless someone looks for a frame: log bytes cost money. */
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;

  /** Adds these fields to every line logged while `work` runs, including by the functions it calls. */
  about<T>(fields: LogFields, work: () => Promise<T>): Promise<T>;
}

/**
 * `frames` are the ids (`frameId`) of the frames a line is about. They let you follow a frame through all functions.
 */
export type LogFields = Readonly<Record<string, unknown>> & { readonly frames?: readonly string[] };
