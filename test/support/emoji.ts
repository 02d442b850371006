/** Joins emoji into one. */
const ZWJ = "\u200d";
/** Asks for the form of a character that is an emoji. */
const EMOJI_FORM = "\ufe0f";
const TONES = ["", ..."🏻🏼🏽🏾🏿"];
const RIGHT = `${ZWJ}➡${EMOJI_FORM}`;
/** Emoji that Unicode joins to another one: signs, colours, weather, tools, hair. */
const JOINED = (
  "♀ ♂ ⚧ ⚕ ⚖ ✈ ❄ ☠ ↔ ↕ ➡ 🗨 🌫 ⬛ 🟫 🟩 🌈 🔥 💥 💨 💫 🩹 🦺 🌾 🍳 🍼 🎓 🎤 🎨 🎄 🏫 🏭 💻 💼 🔧 🔬 🚀 🚒 🩰 🦯 🦼 🦽 " +
  "🦰 🦱 🦲 🦳"
).split(" ");
/** Emoji that join two people. */
const BETWEEN = ["🤝", `❤${EMOJI_FORM}`, `❤${EMOJI_FORM}${ZWJ}💋`, "🐰", "🫯"];
const TAG_BASE = 0xe0000;

/** True for what Unicode's list of emoji has, in the version that this Node knows. */
const isEmoji = (text: string) => /^\p{RGI_Emoji}$/v.test(text);

const inEmojiForm = (one: string) => (/^\p{Emoji_Presentation}$/u.test(one) ? one : one + EMOJI_FORM);

function* candidates(): Generator<string> {
  const codePoints = Array.from({ length: 0x1fb00 }, (_, code) => code).filter(
    (code) => code < 0xd800 || code > 0xdfff,
  );
  const characters = codePoints.map((code) => String.fromCodePoint(code));
  const singles = characters
    .filter((one) => /^\p{Emoji}$/u.test(one) && !/^[\d#*]$/.test(one))
    .map(inEmojiForm);
  const bases = characters.filter((one) => /^\p{Emoji_Modifier_Base}$/u.test(one));
  const toned = bases.flatMap((base) => TONES.map((tone) => base + tone));
  const people = [..."🧑👨👩"].flatMap((person) => TONES.map((tone) => person + tone));
  const letters = characters.filter((one) => /^\p{Regional_Indicator}$/u.test(one));

  yield* singles;
  yield* toned;
  for (const one of "0123456789#*") yield `${one}${EMOJI_FORM}\u20e3`;
  for (const one of letters) for (const other of letters) yield one + other;
  for (const region of ["gbeng", "gbsct", "gbwls"]) {
    const tags = Array.from(region, (letter) => String.fromCodePoint(TAG_BASE + letter.charCodeAt(0)));
    yield `🏴${tags.join("")}${String.fromCodePoint(TAG_BASE + 0x7f)}`;
  }
  // Of two: flags, animals, hearts, and people at their work, on their way and of their hair.
  for (const one of [...singles, ...toned]) {
    for (const other of JOINED) {
      const pair = one + ZWJ + inEmojiForm(other);
      // Asking is slow.
      if (isEmoji(pair)) yield* [pair, pair + RIGHT];
    }
  }
  for (const one of people)
    for (const other of people) for (const between of BETWEEN) yield one + ZWJ + between + ZWJ + other;
  for (const one of TONES) for (const other of TONES) yield `🫱${one}${ZWJ}🫲${other}`;
  const children = ["", ..."👦👧🧒"];
  for (const first of "🧑👨👩")
    for (const second of ["", ..."🧑👨👩"])
      for (const child of children)
        for (const sibling of children)
          yield [first, second, child, sibling].filter((one) => one !== "").join(ZWJ);
}

/** Returns the emoji that Unicode recommends: families, flags and tones of skin as well. */
export function allEmoji(): string[] {
  return [...new Set(candidates())].filter((one) => isEmoji(one));
}
