import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeClientFrame,
  decodeServerFrame,
  encodeFrame,
  LIMITS,
  ProtocolError,
  type ServerFrame,
  utf8Bytes,
} from "../../protocol/index.ts";
import { clientFrame, entryOf, KINDS, SOLITARY, serverFrame } from "../support/arbitrary-frames.ts";
import { allEmoji } from "../support/emoji.ts";

const conversation = `d${"a".repeat(43)}`;
const entry = (over: object = {}) => ({ id: "e1", kind: "text", body: { text: "hi" }, ...over });
const send = (over: object = {}) =>
  JSON.stringify({ type: "send", conversation, entries: [entry()], ...over });

function refusalOf(text: unknown): ProtocolError {
  try {
    decodeClientFrame(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    return error as ProtocolError;
  }
  throw new Error("the frame was accepted");
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

test("a client frame that was encoded is decoded to the same frame", () => {
  fc.assert(
    fc.property(clientFrame, (frame) => {
      fc.pre(utf8Bytes(encodeFrame(frame)) <= LIMITS.frameBytes);
      expect(plain(decodeClientFrame(encodeFrame(frame)))).toEqual(plain(frame));
    }),
  );
});

test("a server frame that was encoded is decoded to the same frame", () => {
  fc.assert(
    fc.property(serverFrame, (frame) => {
      fc.pre(utf8Bytes(encodeFrame(frame)) <= LIMITS.frameBytes);
      expect(plain(decodeServerFrame(encodeFrame(frame)))).toEqual(plain(frame));
    }),
  );
});

/** Valid frames with one place spoilt come closer to the decoder's edges than noise does. */
const spoilt = fc.tuple(clientFrame, fc.nat(), fc.anything()).map(([frame, at, junk]) => {
  const copy = plain(frame) as Record<string, unknown>;
  const keys = Object.keys(copy);
  copy[keys[at % keys.length] ?? "type"] = junk;
  return JSON.stringify(copy, (_, value) => (typeof value === "bigint" ? String(value) : value));
});

test("whatever comes in, a decoder returns a frame or throws the typed error and nothing else", () => {
  const input = fc.oneof(
    fc.string(),
    fc.json({ maxDepth: 8 }),
    spoilt,
    fc.anything(),
    clientFrame.map(encodeFrame),
  );
  fc.assert(
    fc.property(input, (text) => {
      for (const decode of [decodeClientFrame, decodeServerFrame]) {
        try {
          decode(text);
        } catch (thrown) {
          if (!(thrown instanceof ProtocolError)) throw thrown;
        }
      }
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ["text that is not JSON", "hello", "malformed"],
  ["an array", "[]", "malformed"],
  ["a frame without a type", "{}", "malformed"],
  ["a binary message", new Uint8Array([1, 2]), "malformed"],
  ["an unknown type", '{"type":"dance"}', "unknown_type"],
  ["a type that is a property of every object", '{"type":"constructor"}', "unknown_type"],
  ["a forged sender", send({ sender: "bob" }), "malformed"],
  ["a forged sender in an entry", send({ entries: [entry({ sender: "bob" })] }), "malformed"],
  ["no entries", send({ entries: [] }), "malformed"],
  [
    "26 entries",
    send({ entries: Array.from({ length: 26 }, (_, n) => entry({ id: `e${n}` })) }),
    "too_large",
  ],
  ["an entry id used twice", send({ entries: [entry(), entry()] }), "malformed"],
  ["an empty text", send({ entries: [entry({ body: { text: "" } })] }), "malformed"],
  ["a text beyond 16 KB", send({ entries: [entry({ body: { text: "é".repeat(8_193) } })] }), "too_large"],
  [
    "a body beyond 24 KB",
    send({ entries: [entry({ kind: "x.big", body: "a".repeat(24_600) })] }),
    "too_large",
  ],
  ["a body missing", send({ entries: [{ id: "e1", kind: "x.note" }] }), "malformed"],
  ["a frame beyond 32 KB", send({ pad: "a".repeat(33_000) }), "too_large"],
  [
    "nesting beyond 32",
    send({ entries: [entry({ kind: "x.deep", body: JSON.parse("[".repeat(30) + "]".repeat(30)) })] }),
    "malformed",
  ],
  ["nesting of 16 000", `${"[".repeat(16_000)}${"]".repeat(16_000)}`, "malformed"],
  [
    "a kind that is neither ours nor an application's",
    send({ entries: [entry({ kind: "y.z" })] }),
    "malformed",
  ],
  [
    "a control character in a user id",
    JSON.stringify({ type: "send", to: { user: "a\u0000b" }, entries: [entry()] }),
    "malformed",
  ],
  [
    "a lone surrogate in a user id",
    JSON.stringify({ type: "send", to: { user: "\ud800" }, entries: [entry()] }),
    "malformed",
  ],
  [
    "a cursor of epoch 0",
    JSON.stringify({ type: "sync", id: "1", cursors: { [conversation]: [0, 1] } }),
    "malformed",
  ],
  ["a cursor of three", send({ seen: [1, 2, 3] }), "malformed"],
  [
    "a user id of 129 characters",
    JSON.stringify({ type: "send", to: { user: "u".repeat(129) }, entries: [entry()] }),
    "too_large",
  ],
  ["a limit beyond 100", JSON.stringify({ type: "history", id: "1", conversation, limit: 101 }), "malformed"],
  ["a field called like our words", '{"type":"ping","at most":1,"too large: ":1}', "malformed"],
  [
    "both before and after",
    JSON.stringify({ type: "history", id: "1", conversation, before: 1, after: 1 }),
    "malformed",
  ],
])("%s is refused with a code", (_, text, code) => {
  expect(refusalOf(text).error.code).toBe(code);
});

/** Every way to put half a character into one string of a value: a value, or the key of an object. */
function halved(value: unknown): unknown[] {
  const halves = ["\ud83d", "\udc4d", "\udc4d\ud83d"];
  if (typeof value === "string") return halves.flatMap((half) => [value + half, half + value]);
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => halved(item).map((bad) => value.with(at, bad)));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const { [key]: _, ...rest } = value as Record<string, unknown>;
    const inKey = halves.map((half) => ({ ...rest, [key + half]: item }));
    return [...inKey, ...halved(item).map((bad) => ({ ...value, [key]: bad }))];
  });
}

test("half a character is refused anywhere in a frame, and a whole one is not", () => {
  fc.assert(
    fc.property(clientFrame, fc.nat(), (frame, at) => {
      fc.pre(utf8Bytes(encodeFrame(frame)) <= LIMITS.frameBytes / 2);
      const bad = halved(plain(frame));
      expect(refusalOf(JSON.stringify(bad[at % bad.length])).error.code).toMatch(/malformed|unknown_type/);
    }),
  );
});

test.each<[string, string, unknown]>([
  ["a text", "text", { text: "half \ud83d" }],
  ["a text that has the escape, too", "text", { text: "\\ud83d \ud83d" }],
  ["an edit", "edit", { of: 1, text: "\udc4d" }],
  ["a title", "rename", { title: "\ud83d" }],
  ["a reaction", "reaction", { of: 1, key: "\ud83d" }],
  ["an application's value, deep inside", "x.a", { list: [{ deep: ["\ud83d"] }] }],
  ["an application's key, deep inside", "x.a", [{ deep: { "\ud83d": 1 } }]],
  ["an application's text", "x.a", "\ud83d"],
])("%s with half a character is malformed", (_, kind, body) => {
  const { error } = refusalOf(send({ entries: [entry({ kind, body })] }));
  expect(error.code).toBe("malformed");
});

test.each<[string, unknown]>([
  ["text", { text: '\\ud83d, \\\\udc4d, 👍, \ufffe, \u0000 and "\\"' }],
  ["x.a", { "\\ud83d": ["\\\\ud83d 👍"] }],
])("a %s with whole characters passes, also if it looks like an escape", (kind, body) => {
  expect(decodeClientFrame(send({ entries: [entry({ kind, body })] }))).toMatchObject({
    entries: [{ body }],
  });
});

const others = KINDS.filter((kind) => !SOLITARY.includes(kind));

test("an entry that changes the conversation is alone in its frame", () => {
  const pair = fc
    .oneof(...SOLITARY.map(entryOf))
    .chain((solitary) => fc.tuple(fc.constant(solitary), fc.oneof(...KINDS.map(entryOf)), fc.boolean()));
  fc.assert(
    fc.property(pair, ([solitary, other, isFirst]) => {
      fc.pre(solitary.id !== other.id);
      const together = isFirst ? [solitary, other] : [other, solitary];
      expect(decodeClientFrame(send({ entries: [solitary] }))).toMatchObject({ entries: [solitary] });
      expect(refusalOf(send({ entries: together })).error.code).toBe("malformed");
    }),
  );
});

test("every emoji of Unicode's list is a reaction", () => {
  const emoji = allEmoji();
  // 3 953 in Unicode 17; versions before have fewer.
  expect(emoji.length).toBeGreaterThan(3_700);
  expect(emoji).toEqual(
    expect.arrayContaining(["👩🏻‍❤️‍💋‍👨🏿", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏻‍🤝‍👨🏿", "🏃🏽‍♀️‍➡️", "#️⃣", "🇩🇪"]),
  );
  const isRefused = (key: string) => {
    const frame = send({ entries: [entry({ kind: "reaction", body: { of: 1, key } })] });
    return !isDeepStrictEqual(decodeClientFrame(frame), JSON.parse(frame));
  };
  expect(emoji.filter(isRefused)).toEqual([]);
});

test("entries that change nothing of the conversation may share a frame, whatever their kinds", () => {
  const all = others.map((kind, index) => entryOf(kind).map((one) => ({ ...one, id: `e${index}` })));
  fc.assert(
    fc.property(fc.tuple(...all), (entries) => {
      expect(decodeClientFrame(send({ entries }))).toMatchObject({ entries });
    }),
  );
});

const names = (count: number) => Array.from({ length: count }, (_, index) => `user ${index}`);
const one = (kind: string, body: object) => send({ entries: [entry({ kind, body })] });
const create = (over: object) => JSON.stringify({ type: "create", id: "c1", members: [], ...over });
const keep = (seconds: unknown) => JSON.stringify({ type: "keep", id: "r1", conversation, seconds });
const HOUR = 3_600;
const TEN_YEARS = 315_360_000;

test.each<[string, (size: number) => string, number, number, string]>([
  ["a title", (size) => create({ title: "t".repeat(size) }), 100, 101, "too_large"],
  ["a new title", (size) => one("rename", { title: "t".repeat(size) }), 100, 101, "too_large"],
  ["a reaction key", (size) => one("reaction", { of: 1, key: "k".repeat(size) }), 40, 41, "too_large"],
  [
    "a reaction key in bytes",
    (size) => one("reaction", { of: 1, key: "é".repeat(size) }),
    20,
    21,
    "too_large",
  ],
  ["users added", (size) => one("member.add", { users: names(size) }), 40, 41, "too_large"],
  ["users removed", (size) => one("member.remove", { users: names(size) }), 40, 41, "too_large"],
  ["members of a new group", (size) => create({ members: names(size) }), 40, 41, "too_large"],
  ["no users at all", (size) => one("member.add", { users: names(size) }), 1, 0, "malformed"],
  ["a retention too short", (seconds) => one("retention", { seconds }), HOUR, HOUR - 1, "malformed"],
  ["a retention too long", (seconds) => one("retention", { seconds }), TEN_YEARS, TEN_YEARS + 1, "malformed"],
  ["keeping too short", keep, HOUR, HOUR - 1, "malformed"],
  ["keeping too long", keep, TEN_YEARS, TEN_YEARS + 1, "malformed"],
  ["an edited text", (size) => one("edit", { of: 1, text: "t".repeat(size) }), 16_384, 16_385, "too_large"],
  ["the seq of an entry that is meant", (of) => one("delete", { of }), 1, 0, "malformed"],
])("the limit of %s is exact", (_, make, allowed, beyond, code) => {
  expect(() => decodeClientFrame(make(allowed))).not.toThrow();
  expect(refusalOf(make(beyond)).error.code).toBe(code);
});

test.each([
  ["a title with a control character", create({ title: "a\nb" })],
  ["a title with spaces around", create({ title: " a" })],
  ["an empty title", one("rename", { title: "" })],
  ["an empty reaction", one("reaction", { of: 1, key: "" })],
  ["a reaction with a space", one("reaction", { of: 1, key: "a b" })],
  ["a reaction in another's name", one("reaction", { of: 1, key: "a", user: "bob" })],
  ["a user named twice", one("member.add", { users: ["a", "a"] })],
  ["a role there is not", one("role", { user: "a", role: "king" })],
  ["a history policy there is not", create({ history: "none" })],
  ["a retention of a fraction", one("retention", { seconds: HOUR + 0.5 })],
  ["a create entry, which only the server makes", one("create", { members: [] })],
  ["a group's id in the place of its creation", create({ conversation })],
  ["a deletion that says what it deletes", one("delete", { of: 1, text: "x" })],
])("%s is refused as malformed", (_, text) => {
  expect(refusalOf(text).error.code).toBe("malformed");
});

test("the refusal of a bad frame names its request id or entry ids if they can be read", () => {
  const idOf = (value: unknown) => (value as { id?: unknown } | null)?.id;
  const isId = (id: unknown): id is string => typeof id === "string" && /^[\x21-\x7e]{1,64}$/.test(id);
  fc.assert(
    fc.property(spoilt, (text) => {
      const value = JSON.parse(text) as { type?: unknown; id?: unknown; entries?: unknown };
      try {
        decodeClientFrame(text);
      } catch (refusal) {
        const { requestId, entryIds, error } = refusal as ProtocolError;
        fc.pre(error.code !== "too_large");
        // What creates a group is its first entry.
        if (value.type === "create") {
          expect(entryIds).toEqual(isId(value.id) ? [value.id] : undefined);
          return;
        }
        if (isId(value.id)) expect(requestId).toBe(value.id);
        const ids = Array.isArray(value.entries) ? value.entries.map(idOf) : [];
        if (ids.length > 0 && ids.every(isId)) expect(entryIds).toEqual(ids.slice(0, LIMITS.entriesPerFrame));
      }
    }),
    { numRuns: 2_000 },
  );
});

test("a refusal names the request or the entries it is about", () => {
  expect(refusalOf('{"type":"sync","id":"r7","cursors":3}').requestId).toBe("r7");
  expect(refusalOf(send({ sender: "bob" })).entryIds).toEqual(["e1"]);
  expect(refusalOf('{"type":"send","id":"r7","entries":[{"id":7}]}').entryIds).toBeUndefined();
});

test("a refusal does not carry what was received back: it may be a message, and errors are logged", () => {
  const secret = "my secret";
  const spoilt = [
    entry({ body: { txet: secret } }),
    entry({ body: secret }),
    entry({ kind: secret }),
    entry({ id: secret }),
    entry({ body: { text: [secret] } }),
  ];
  for (const one of spoilt) expect(refusalOf(send({ entries: [one] })).message).not.toContain(secret);
});

test("a refusal names the field that is wrong", () => {
  const to = (over: object) =>
    JSON.stringify({ type: "send", to: { user: "bob" }, entries: [entry()], ...over });
  const place = (text: string) => refusalOf(text).message.split(":")[0];
  expect(place(to({ entries: [entry({ kind: "y" })] }))).toBe("entries.0.kind");
  expect(place(to({ entries: [entry({ body: { text: "x".repeat(20_000) } })] }))).toBe("entries.0.body.text");
  expect(place(to({ to: { user: "u".repeat(129) } }))).toBe("to.user");
  expect(place(to({ seen: [1, 2, 3] }))).toBe("seen");
});

test("a message of API Gateway itself becomes a temporary error", () => {
  const text = JSON.stringify({ message: "Internal server error", connectionId: "c", requestId: "r" });
  expect(decodeServerFrame(text)).toMatchObject({ type: "error", error: { temporary: true } });
});

test("the largest entry a client may send fits with the server's fields into one frame", () => {
  const body = "a".repeat(LIMITS.bodyBytes - 2);
  const frame: ServerFrame = {
    type: "entries",
    conversation,
    epoch: Number.MAX_SAFE_INTEGER,
    entries: [
      {
        seq: Number.MAX_SAFE_INTEGER,
        id: '"'.repeat(LIMITS.entryIdLength),
        sender: "\u2028".repeat(LIMITS.userIdLength),
        kind: `x.${"a".repeat(62)}`,
        body,
        sentAtMs: Number.MAX_SAFE_INTEGER,
      },
    ],
  };
  expect(utf8Bytes(encodeFrame(frame))).toBeLessThanOrEqual(LIMITS.frameBytes);
});
