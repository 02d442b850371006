import * as v from "valibot";

/** Version of the lines' form. */
export const EXPORT_VERSION = 1;

const Seq = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Time = v.number();

/** One line of an export, by its `type`; docs/erase.md describes them. */
export const ExportLine = v.variant("type", [
  v.strictObject({
    type: v.literal("export"),
    version: v.literal(EXPORT_VERSION),
    user: v.string(),
    deployment: v.string(),
  }),
  v.strictObject({
    type: v.literal("profile"),
    user: v.string(),
    lastSeenAtMs: v.optional(Time),
    connections: v.array(
      v.strictObject({ device: v.optional(v.string()), connectedAtMs: Time, expiresAtMs: Time }),
    ),
  }),
  v.strictObject({
    type: v.literal("conversation"),
    conversation: v.string(),
    kind: v.picklist(["direct", "group"]),
    /** The other side of a direct conversation. */
    peer: v.optional(v.string()),
    title: v.optional(v.string()),
    role: v.optional(v.string()),
    /** First and last seq that the user can read. Without a last one they are a member. */
    ranges: v.array(v.array(Seq)),
    readSeq: v.optional(Seq),
    deliveredSeq: v.optional(Seq),
    muted: v.optional(v.boolean()),
    blocking: v.optional(v.boolean()),
    keepSeconds: v.optional(v.number()),
    /** The user has taken it out of their list. */
    forgotten: v.optional(v.boolean()),
  }),
  v.strictObject({
    type: v.literal("entry"),
    conversation: v.string(),
    seq: Seq,
    id: v.string(),
    kind: v.string(),
    body: v.unknown(),
    sentAtMs: Time,
    editedAtMs: v.optional(Time),
    deletedAtMs: v.optional(Time),
  }),
  v.strictObject({ type: v.literal("reaction"), conversation: v.string(), seq: Seq, key: v.string() }),
  v.strictObject({ type: v.literal("end"), conversations: Seq, entries: Seq, reactions: Seq }),
]);

export type ExportLine = v.InferOutput<typeof ExportLine>;
