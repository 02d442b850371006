import * as v from "valibot";
import type { Kind } from "./kinds.ts";
import { LIMITS } from "./limits.ts";
import { isPlainName, isPlainTitle } from "./plain-name.ts";
import { isTombstone } from "./tombstone.ts";
import { utf8Bytes } from "./utf8-bytes.ts";
import { hasHalfCharacter } from "./whole-characters.ts";

function printableAscii(maxLength: number) {
  return v.pipe(v.string(), v.maxLength(maxLength), v.regex(/^[\x21-\x7e]+$/, "printable ASCII"));
}

/** True for a JSON object. A field of it chooses among several schemas, so that errors speak of the right one. */
export function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** Prefix of the message of a failed size check, which is answered by `too_large`. */
export const TOO_LARGE = "too large: ";

function jsonOfAtMost<T>(bytes: number) {
  return v.check<T, string>(
    (body) => utf8Bytes(JSON.stringify(body) ?? "") <= bytes,
    `${TOO_LARGE}at most ${bytes} bytes as JSON`,
  );
}

/** Strict readers of JSON refuse a whole frame because of half a character, so none gets in: no value and no key. */
function wholeCharacters<T>() {
  return v.check<T, string>(
    (body) => !hasHalfCharacter(JSON.stringify(body) ?? ""),
    "half a character: an unpaired surrogate",
  );
}

const NOT_PLAIN = "in NFC, without invisible characters and controls of direction";

/** An identity, and part of a table key: any text that people can see and tell apart. */
export const UserId = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(LIMITS.userIdLength),
  v.regex(/^(?! )(?:[^\s]| )*(?<! )$/, "no spaces around, and none but U+0020 inside"),
  v.check(isPlainName, NOT_PLAIN),
);

/** `d` (direct) or `g` (group) and a SHA-256 in base64url. */
export const ConversationId = v.pipe(v.string(), v.regex(/^[dg][A-Za-z0-9_-]{43}$/));

/** Chosen by the sender, unique among the sender's entries of a conversation. */
export const EntryId = printableAscii(LIMITS.entryIdLength);

/** Chosen by the client, which recognises the reply by it. */
export const RequestId = printableAscii(LIMITS.requestIdLength);

export const DeviceId = printableAscii(LIMITS.deviceIdLength);

export const Seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** An emoji, or a name that means something to an application. */
const ReactionKey = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxBytes(LIMITS.reactionKeyBytes),
  v.regex(/^\S*$/, "no spaces"),
  v.check(isPlainName, NOT_PLAIN),
  // Some JSON readers drop keys that every object has.
  v.check((key) => !["__proto__", "constructor", "prototype"].includes(key), "a reserved name"),
);

/** Entries older than this are deleted. */
export const RetentionSeconds = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(LIMITS.minRetentionSeconds),
  v.maxValue(LIMITS.maxRetentionSeconds),
);

/** `[epoch, seq]`: everything up to and including `seq` of that epoch has been applied. */
export const Cursor = v.strictTuple([v.pipe(v.number(), v.safeInteger(), v.minValue(1)), Seq]);

/** A text. Also limited as JSON, because line breaks take two bytes on the wire; other fields need the rest. */
const Text = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxBytes(LIMITS.textBytes),
  jsonOfAtMost<string>(LIMITS.textJsonBytes),
  wholeCharacters<string>(),
);

/** Title of a group. */
export const Title = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(LIMITS.titleLength),
  v.regex(/^(?!\s).*(?<!\s)$/su, "no spaces around"),
  v.check(isPlainTitle, NOT_PLAIN),
);

/** Somebody who may have an account: an id that stands for an erased one is nobody's. */
export const PersonId = v.pipe(
  UserId,
  v.check((user) => !isTombstone(user), "an account that is gone"),
);

export const UserIds = v.pipe(
  v.array(PersonId),
  v.maxLength(LIMITS.usersPerEntry),
  v.check((users) => new Set(users).size === users.length, "users repeat"),
);

/** In ascending order: each role may do what the roles before it may. */
export const Role = v.picklist(["member", "admin", "owner"]);

/** History that a newcomer of a group may read: from joining on, or everything. */
export const HistoryPolicy = v.picklist(["joined", "all"]);

const AppKind = v.pipe(
  v.string(),
  v.maxLength(LIMITS.kindLength),
  v.regex(/^x\.[A-Za-z0-9_.-]+$/, "a kind of this protocol, or `x.` and a name"),
) as v.GenericSchema<string, `x.${string}`>;

/** Seq of the entry that is edited, deleted or reacted to. */
const Of = v.pipe(Seq, v.minValue(1));

function entryOf<K extends string, B extends v.GenericSchema>(kind: K, body: B) {
  return v.strictObject({ id: EntryId, kind: v.literal(kind), body });
}

/** One schema for each kind that a client may append; their traits are in `kinds.ts`. */
const ENTRIES = {
  text: entryOf("text", v.strictObject({ text: Text })),
  edit: entryOf("edit", v.strictObject({ of: Of, text: Text })),
  delete: entryOf("delete", v.strictObject({ of: Of })),
  reaction: entryOf(
    "reaction",
    v.pipe(
      v.strictObject({
        of: Of,
        key: ReactionKey,
        remove: v.optional(v.boolean()),
        /** Whose reaction an admin removes. */
        user: v.optional(UserId),
      }),
      v.check(({ remove, user }) => user === undefined || remove === true, "`user` comes with `remove`"),
    ),
  ),
  "member.add": entryOf("member.add", v.strictObject({ users: v.pipe(UserIds, v.minLength(1)) })),
  "member.remove": entryOf("member.remove", v.strictObject({ users: v.pipe(UserIds, v.minLength(1)) })),
  "member.leave": entryOf("member.leave", v.strictObject({})),
  rename: entryOf("rename", v.strictObject({ title: Title })),
  role: entryOf("role", v.strictObject({ user: UserId, role: Role })),
  retention: entryOf("retention", v.strictObject({ seconds: v.nullable(RetentionSeconds) })),
} as const satisfies Record<Exclude<Kind, "create" | "erased">, v.GenericSchema>;

/** An application's own kind, `x.*`: opaque to the server. */
const AppEntry = v.strictObject({
  id: EntryId,
  kind: AppKind,
  body: v.pipe(v.unknown(), jsonOfAtMost<unknown>(LIMITS.bodyBytes), wholeCharacters<unknown>()),
});

type KnownKind = keyof typeof ENTRIES;

/** An entry that a client may append to a conversation. */
export const NewEntry = v.lazy((input): (typeof ENTRIES)[KnownKind] | typeof AppEntry => {
  const kind = isRecord(input) ? input.kind : undefined;
  return typeof kind === "string" && Object.hasOwn(ENTRIES, kind) ? ENTRIES[kind as KnownKind] : AppEntry;
});

/** An entry as it stands in the log. */
export const Entry = v.object({
  seq: Seq,
  id: v.string(),
  sender: v.string(),
  kind: v.string(),
  /** The current body: the newest one if the entry was edited, `null` if it was deleted. */
  body: v.unknown(),
  sentAtMs: v.number(),
  editedAtMs: v.optional(v.number()),
  /** Seq of the edit that the body is from. */
  editSeq: v.optional(Seq),
  deletedAtMs: v.optional(v.number()),
  /** Users who reacted, by reaction key. */
  reactions: v.optional(v.record(v.string(), v.array(v.string()))),
});

export const Preview = v.object({
  seq: Seq,
  sender: v.string(),
  kind: v.string(),
  text: v.optional(v.string()),
  sentAtMs: v.number(),
});

export const ErrorShape = v.object({
  /** One of `ERROR_CODES`, or a code of a newer server; `temporary` tells what to do about it. */
  code: v.string(),
  message: v.string(),
  temporary: v.boolean(),
  retryAfterMs: v.optional(v.number()),
});

export type Cursor = v.InferOutput<typeof Cursor>;
export type NewEntry = v.InferOutput<typeof NewEntry>;
export type Entry = v.InferOutput<typeof Entry>;
export type Role = v.InferOutput<typeof Role>;
export type HistoryPolicy = v.InferOutput<typeof HistoryPolicy>;
export type Preview = v.InferOutput<typeof Preview>;
