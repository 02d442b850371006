import { UnreadableReplyError } from "./errors.ts";

/** The part of a schema the client needs (https://standardschema.dev). */
interface Schema<T> {
  readonly "~standard": {
    readonly validate: (value: unknown) => Validated<T> | Promise<Validated<T>>;
  };
}

type Validated<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly unknown[] };

/** The `result` of a reply as the protocol describes it. Throws {@link UnreadableReplyError} for anything else. */
export function readResult<T>(schema: Schema<T>, result: unknown, what: string): T {
  const validated = schema["~standard"].validate(result);
  if (validated instanceof Promise || validated.issues !== undefined) throw new UnreadableReplyError(what);
  return validated.value;
}
