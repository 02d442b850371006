import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeClientFrame, ProtocolError } from "../../protocol/index.ts";
import { isPlainName, isPlainTitle } from "../../protocol/plain-name.ts";

const conversation = `g${"a".repeat(43)}`;
const send = (entry: object) => ({ type: "send", conversation, entries: [{ id: "e1", ...entry }] }) as const;
const entry = (kind: string, body: object) => send({ kind, body });

/** A frame for each place that takes a name. */
const USER_IDS: Readonly<Record<string, (name: string) => object>> = {
  "send to a user": (user) => ({
    type: "send",
    to: { user },
    entries: [{ id: "e1", kind: "text", body: { text: "hi" } }],
  }),
  "create a group": (user) => ({ type: "create", id: "g1", members: [user] }),
  "add a member": (user) => entry("member.add", { users: ["bob", user] }),
  "remove a member": (user) => entry("member.remove", { users: [user] }),
  "assign a role": (user) => entry("role", { user, role: "admin" }),
  "remove a reaction": (user) => entry("reaction", { of: 1, key: "+1", remove: true, user }),
  block: (user) => ({ type: "block", id: "r1", user }),
  unblock: (user) => ({ type: "unblock", id: "r1", user }),
  presence: (user) => ({ type: "presence", id: "r1", users: [user] }),
  members: (after) => ({ type: "members", id: "r1", conversation, after }),
  receipts: (after) => ({ type: "receipts", id: "r1", conversation, after }),
};
const TITLES: typeof USER_IDS = {
  "title of a new group": (title) => ({ type: "create", id: "g1", members: [], title }),
  rename: (title) => entry("rename", { title }),
};
const KEYS: typeof USER_IDS = {
  react: (key) => entry("reaction", { of: 1, key }),
  unreact: (key) => entry("reaction", { of: 1, key, remove: true }),
};
const ALL = { ...USER_IDS, ...TITLES, ...KEYS };

function refusalOf(frame: object): string | undefined {
  try {
    decodeClientFrame(JSON.stringify(frame));
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError);
    const { code, message } = (error as ProtocolError).error;
    return `${code} ${message}`;
  }
}

const refused = /^malformed .*(in NFC, without invisible characters|spaces)/;
const everyName = (name: string) =>
  Object.fromEntries(Object.entries(ALL).map(([place, frame]) => [place, refusalOf(frame(name))]));
const expectAll = (value: unknown) => Object.fromEntries(Object.keys(ALL).map((place) => [place, value]));

const NAMES: Readonly<Record<string, string>> = {
  "nothing to see": "\u200b",
  "a zero-width space inside": "ali\u200bce",
  "a right-to-left override": "\u202eecila",
  "an isolate": "a\u2067b",
  "a mark of direction": "a\u200eb",
  "an Arabic letter mark": "a\u061cb",
  "a soft hyphen": "ali\u00adce",
  "a byte order mark": "\ufeffalice",
  "a word joiner": "a\u2060b",
  "an invisible operator": "a\u2063b",
  "a grapheme joiner": "a\u034fb",
  "a Hangul filler": "\u3164",
  "a half-width Hangul filler": "\uffa0",
  "a Mongolian selector": "a\u180bb",
  "a Braille pattern without dots": "\u2800",
  "a note without a head": "\u{1d159}",
  "an object replacement": "\ufffc",
  "tags after a letter": "a\u{e0061}\u{e007f}",
  "a variation selector after a letter": "a\ufe0f",
  "a variation selector after a digit": "alice1\ufe0f",
  "a supplementary variation selector": "葛\u{e0100}",
  "two variation selectors in an emoji": "❤\ufe0f\ufe0f",
  "a joiner between letters": "a\u200db",
  "a non-joiner between letters": "a\u200cb",
  "a joiner after an emoji": "👩\u200d",
  "a joiner before an emoji": "a\u200d👩",
  "two joiners in an emoji": "👩\u200d\u200d👩",
  "a line separator": "a\u2028b",
  "a line break": "a\nb",
  "a null": "a\0b",
  "half a character": "a\ud800",
  "halves around an emoji": "\ud83d❤\ufe0f\ude00",
  "a private character": "\uf8ff",
  "no character": "a\ufdd0",
  "not composed": "jose\u0301",
  "not composed Hangul": "\u1112\u1161\u11ab",
  "a composed character that NFC splits": "\u0958",
  "the Angstrom sign": "\u212b",
};

test.for(Object.entries(NAMES))("%s is refused wherever a name is", ([, name]) => {
  expect(everyName(name)).toEqual(expectAll(expect.stringMatching(refused)));
});

test("no invisible character is part of a name, whichever it is", () => {
  const accepted: string[] = [];
  for (let code = 0; code <= 0x10_ffff; code++) {
    const character = String.fromCodePoint(code);
    if (!/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(character)) continue;
    // Unassigned ones may be emoji of a newer Unicode than ours.
    if (/\p{Cn}/u.test(character) && !/\p{Default_Ignorable_Code_Point}/u.test(character)) continue;
    const name = `a${character}b`;
    if (isPlainName(name) || isPlainTitle(name)) accepted.push(code.toString(16));
  }
  expect(accepted).toEqual([]);
});

test("a space other than U+0020 would look like another user", () => {
  for (const space of ["\u00a0", "\u2009", "\u3000", "\t"]) {
    expect(refusalOf({ type: "block", id: "r1", user: `a${space}b` })).toMatch(refused);
  }
  expect(refusalOf({ type: "block", id: "r1", user: "a b" })).toBeUndefined();
});

describe("accepted in any name:", () => {
  const PLAIN = [
    "alice",
    "auth0|65f0",
    "josé",
    "Ζωή",
    "Владимир",
    "محمد",
    "שרה",
    "さくら",
    "한글",
    "नमस्ते",
    "👍",
    "❤️",
    "❤︎",
    "👩‍👩‍👧",
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "🇩🇪",
    "1️⃣",
    "🏳️‍🌈",
    "🙂‍↔️",
    "🕵🏽‍♀️",
    "👨🏿‍❤️‍💋‍👨🏻",
    "alice❤️",
    "™️",
  ];
  test.for(PLAIN)("%s", (name) => {
    expect(everyName(name)).toEqual(expectAll(undefined));
  });

  test("every emoji sequence that Unicode recommends", () => {
    const people = ["👩", "👨", "🧑", "🕵", "🏃", "👱", "🫱", "👯", "🏳️", "❤️", "🐻", "⛓️", "🙂", "🍋", "👁️"];
    const tones = ["", "🏻", "🏽", "🏿"];
    const joined = ["", ..."♀♂⚕⚖✈❤🌾🍳🍼🎓🎤🦰🦳💻🚒🦽🌈⚧❄🔥🩹💥↔↕🟩🗨🤝👩👨🧑👧👦🫲"];
    const ends = ["", "\ufe0f"];
    const recommended = /^\p{RGI_Emoji}$/v;
    const found = new Set<string>();
    for (const person of people)
      for (const tone of tones)
        for (const other of joined)
          for (const end of ends)
            for (const last of ["", "\u200d➡️", "\u200d👦", "\u200d👨🏻", "\u200d💋\u200d👨"]) {
              const emoji = `${person}${tone}${other === "" ? "" : `\u200d${other}`}${end}${last}`;
              if (recommended.test(emoji)) found.add(emoji);
            }
    for (let code = 0x23; code < 0x1_fb00; code++) {
      for (const end of ["", "\ufe0f", "\ufe0f\u20e3", "🏽"]) {
        const emoji = `${String.fromCodePoint(code)}${end}`;
        if (recommended.test(emoji)) found.add(emoji);
      }
    }
    expect(found.size).toBeGreaterThan(1_700);
    const refusedOnes = [...found].filter((emoji) => !isPlainName(emoji));
    expect(refusedOnes).toEqual([]);
  });
});

test("a title may have the joiners that a language is spelled with, a user id may not", () => {
  for (const word of ["خانه\u200cی ما", "क्\u200dष", "ශ්\u200dරී", "র\u200d্য"]) {
    expect(refusalOf(TITLES.rename?.(word) ?? {})).toBeUndefined();
    expect(refusalOf({ type: "block", id: "r1", user: word })).toMatch(refused);
  }
  expect(refusalOf(TITLES.rename?.("خانه\u200c\u200cی") ?? {})).toMatch(refused);
});

test("two different names that are accepted are never the same after normalization", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }), (name) => {
      fc.pre(refusalOf({ type: "block", id: "r1", user: name }) === undefined);
      expect(name.normalize("NFC")).toBe(name);
    }),
  );
});
