import * as v from "valibot";
import {
  ConversationId,
  Cursor,
  EntryId,
  type ErasedBody,
  HistoryPolicy,
  isSolitary,
  LIMITS,
  NewEntry,
  Title,
  UserId,
  UserIds,
} from "../../protocol/index.ts";

/** First entry of a group. Clients send it as a `create` frame. */
const CreateEntry = v.object({
  id: EntryId,
  kind: v.literal("create"),
  body: v.object({ title: v.optional(Title), members: UserIds, history: v.optional(HistoryPolicy) }),
});

const PublishedEntry = v.lazy((input): typeof CreateEntry | typeof NewEntry =>
  typeof input === "object" && input !== null && "kind" in input && input.kind === "create"
    ? CreateEntry
    : NewEntry,
);

/** A change that is ordered with the entries of a conversation, but leaves no entry. */
const Control = v.object({ id: v.string(), type: v.picklist(["block", "unblock"]) });

/**
 * A frame as `send` publishes it and `commit` reads it: what the client sent, with what only the server knows. A change
 * must keep records readable that are still in a queue (14 days).
 */
export const PublishedFrame = v.pipe(
  v.object({
    /** Unique for every frame received: connection id and API Gateway message id. */
    frame: v.pipe(v.string(), v.nonEmpty()),
    /** No connection: a back end published the frame and waits for no answer. */
    sender: v.object({ user: UserId, connection: v.optional(v.string()) }),
    /** True if a back end published the frame. It may do in any conversation what an owner may. */
    system: v.optional(v.boolean()),
    conversation: ConversationId,
    /** The peer, when the frame may create the (direct) conversation. */
    to: v.optional(v.object({ user: UserId })),
    /** `recent`: search for repeats as far back as any frame is searched for. */
    seen: v.optional(v.union([Cursor, v.literal(0), v.literal("recent")])),
    entries: v.pipe(
      v.array(PublishedEntry),
      v.maxLength(LIMITS.entriesPerFrame),
      v.check((entries) => new Set(entries.map(({ id }) => id)).size === entries.length, "entry ids repeat"),
      v.check(
        (entries) => entries.length <= 1 || !entries.some(({ kind }) => isSolitary(kind)),
        "an entry that changes the conversation is alone in its frame",
      ),
    ),
    control: v.optional(Control),
    receivedAtMs: v.number(),
  }),
  v.check(
    ({ entries, control }) => (control === undefined) !== (entries.length === 0),
    "entries, unless it is a control (block, unblock)",
  ),
);

/** Says that a user is erased. Only the function `erase` appends it: no client and no back end can publish it. */
interface ErasedEntry {
  readonly id: string;
  readonly kind: "erased";
  readonly body: ErasedBody;
}

type ParsedFrame = v.InferOutput<typeof PublishedFrame>;
export type PublishedEntry = ParsedFrame["entries"][number] | ErasedEntry;
export type PublishedFrame = Omit<ParsedFrame, "entries"> & { readonly entries: readonly PublishedEntry[] };
