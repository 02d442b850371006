import fc from "fast-check";
import {
  type ClientFrame,
  ERROR_CODES,
  isSolitary,
  LIMITS,
  type NewEntry,
  type Role,
  type ServerFrame,
} from "../../protocol/index.ts";
import { isPlainName } from "../../protocol/plain-name.ts";

// One arbitrary per frame type and entry kind: the types name any that is missing.

const asciiId = fc.stringMatching(/^[\x21-\x7e]{1,64}$/);
const named = (max: number) =>
  fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 30 })
    .map((name) => name.normalize().trim())
    .filter((name) => name !== "" && isPlainName(name) && !/[^\S ]/.test(name) && name.length <= max);
const userId = named(LIMITS.userIdLength);
const title = named(LIMITS.titleLength);
const users = (minLength: number) => fc.uniqueArray(userId, { minLength, maxLength: LIMITS.usersPerEntry });
const conversation = fc.stringMatching(/^[dg][A-Za-z0-9_-]{43}$/);
const cursor = fc.tuple(fc.integer({ min: 1 }), fc.nat());
const seen = fc.oneof(cursor, fc.constant(0));
const of = fc.integer({ min: 1 });
const text = fc.string({ unit: "grapheme", minLength: 1 });
const reactionKey = fc.oneof(fc.constantFrom("👍", "👩‍👩‍👧", "+1"), fc.stringMatching(/^:[a-z_]{1,20}:$/));
const retention = fc.integer({ min: LIMITS.minRetentionSeconds, max: LIMITS.maxRetentionSeconds });
const role = fc.constantFrom<Role>("member", "admin", "owner");

type KnownKind = Exclude<NewEntry["kind"], `x.${string}`>;

const BODIES: Record<KnownKind, fc.Arbitrary<unknown>> = {
  text: fc.record({ text }),
  edit: fc.record({ of, text }),
  delete: fc.record({ of }),
  reaction: fc.record({ of, key: reactionKey, remove: fc.boolean() }, { requiredKeys: ["of", "key"] }),
  "member.add": fc.record({ users: users(1) }),
  "member.remove": fc.record({ users: users(1) }),
  "member.leave": fc.constant({}),
  rename: fc.record({ title }),
  role: fc.record({ user: userId, role }),
  retention: fc.record({ seconds: fc.option(retention) }),
};

export const KINDS = Object.keys(BODIES) as KnownKind[];
/** Kinds that are alone in their frame. */
export const SOLITARY = KINDS.filter(isSolitary);

/** Returns an arbitrary entry of this kind. */
export function entryOf(kind: KnownKind): fc.Arbitrary<NewEntry> {
  return fc.record({ id: asciiId, kind: fc.constant(kind), body: BODIES[kind] }) as fc.Arbitrary<NewEntry>;
}

const appEntry = fc.record({
  id: asciiId,
  kind: fc.stringMatching(/^x\.[a-z]{1,8}$/),
  body: fc.jsonValue({ maxDepth: 5 }),
}) as fc.Arbitrary<NewEntry>;
const shared = fc.oneof(appEntry, ...KINDS.filter((kind) => !SOLITARY.includes(kind)).map(entryOf));
const entries = fc.oneof(
  { weight: 3, arbitrary: fc.uniqueArray(shared, { selector: ({ id }) => id, minLength: 1, maxLength: 25 }) },
  { weight: 1, arbitrary: fc.tuple(fc.oneof(...SOLITARY.map(entryOf))) },
);

const request = { id: asciiId, conversation };

const CLIENT: Record<ClientFrame["type"], fc.Arbitrary<object>> = {
  send: fc.oneof(
    fc.record({ conversation, seen, entries }, { requiredKeys: ["conversation", "entries"] }),
    fc.record({ to: fc.record({ user: userId }), seen, entries }, { requiredKeys: ["to", "entries"] }),
  ),
  create: fc.record(
    { id: asciiId, title, members: users(0), history: fc.constantFrom("joined", "all") },
    { requiredKeys: ["id", "members"] },
  ),
  sync: fc.record(
    {
      id: asciiId,
      cursors: fc.dictionary(conversation, cursor, { maxKeys: 20 }),
      from: conversation,
      since: fc.nat(),
      receipts: fc.array(conversation, { maxLength: 20 }),
      tail: fc.integer({ min: 0, max: LIMITS.syncTail }),
    },
    { requiredKeys: ["id", "cursors"] },
  ),
  history: fc.oneof(
    fc.record(
      { ...request, before: fc.nat(), limit: fc.integer({ min: 1, max: LIMITS.historyPage }) },
      { requiredKeys: ["id", "conversation"] },
    ),
    fc.record({ ...request, after: fc.nat() }),
  ),
  read: fc.record({ conversation, seq: fc.nat() }),
  delivered: fc.record({ conversation, seq: fc.nat() }),
  typing: fc.record({ conversation }),
  members: fc.record({ ...request, after: userId }, { requiredKeys: ["id", "conversation"] }),
  receipts: fc.record({ ...request, after: userId }, { requiredKeys: ["id", "conversation"] }),
  block: fc.record({ id: asciiId, user: userId }),
  unblock: fc.record({ id: asciiId, user: userId }),
  mute: fc.record({ ...request, muted: fc.boolean() }),
  forget: fc.record(request),
  keep: fc.record({ ...request, seconds: fc.option(retention) }),
  presence: fc.record(
    { id: asciiId, users: users(1), watch: fc.boolean(), conversation },
    { requiredKeys: ["id", "users"] },
  ),
  ping: fc.constant({}),
};

const error = fc.record(
  {
    code: fc.oneof(fc.constantFrom(...ERROR_CODES), fc.constant("of_a_newer_server")),
    message: fc.string(),
    temporary: fc.boolean(),
    retryAfterMs: fc.nat(),
  },
  { requiredKeys: ["code", "message", "temporary"] },
);
const logEntry = fc.record(
  {
    seq: fc.nat(),
    id: asciiId,
    sender: userId,
    kind: fc.constantFrom("text", "create", "x.any", "of.a.newer.server"),
    body: fc.jsonValue(),
    sentAtMs: fc.nat(),
    editedAtMs: fc.nat(),
    editSeq: fc.nat(),
    deletedAtMs: fc.nat(),
    reactions: fc.dictionary(reactionKey, users(1), { maxKeys: 3 }),
  },
  { requiredKeys: ["seq", "id", "sender", "kind", "body", "sentAtMs"] },
);

const SERVER: Record<ServerFrame["type"], fc.Arbitrary<object>> = {
  ack: fc.record({
    conversation,
    epoch: fc.nat(),
    entries: fc.array(fc.record({ id: asciiId, seq: fc.nat(), sentAtMs: fc.nat() })),
  }),
  accepted: fc.record({ conversation, ids: fc.array(asciiId) }),
  reject: fc.record({ conversation, ids: fc.array(asciiId), error }),
  entries: fc.record({ conversation, epoch: fc.nat(), entries: fc.array(logEntry, { maxLength: 5 }) }),
  joined: fc.record(
    {
      conversation,
      kind: fc.constantFrom("direct", "group", "of_a_newer_server"),
      peer: userId,
      title,
      first: fc.nat(),
      epoch: fc.nat(),
      lastSeq: fc.nat(),
    },
    { requiredKeys: ["conversation", "kind", "first", "epoch", "lastSeq"] },
  ),
  receipt: fc.record(
    { conversation, user: userId, readSeq: fc.nat(), deliveredSeq: fc.nat() },
    { requiredKeys: ["conversation", "user"] },
  ),
  typing: fc.record({ conversation, user: userId }),
  presence: fc.record(
    {
      user: userId,
      online: fc.boolean(),
      expiresAtMs: fc.nat(),
      lastSeenAtMs: fc.nat(),
      version: fc.nat(),
    },
    { requiredKeys: ["user", "online", "version"] },
  ),
  pong: fc.record({ resync: fc.boolean() }, { requiredKeys: [] }),
  reply: fc.oneof(fc.record({ id: asciiId, result: fc.jsonValue() }), fc.record({ id: asciiId, error })),
  error: fc.record(
    { error, id: asciiId, ids: fc.array(asciiId), final: fc.boolean() },
    { requiredKeys: ["error"] },
  ),
};

function framesOf<F extends { type: string }>(bodies: Record<F["type"], fc.Arbitrary<object>>) {
  const all = Object.entries<fc.Arbitrary<object>>(bodies);
  return fc.oneof(
    ...all.map(([type, body]) => body.map((fields) => ({ type, ...fields }))),
  ) as fc.Arbitrary<F>;
}

export const clientFrame = framesOf<ClientFrame>(CLIENT);
export const serverFrame = framesOf<ServerFrame>(SERVER);
