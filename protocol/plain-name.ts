// Names are shown to others, who must be able to tell them apart and to see where each ends.

/** Emoji whose parts include invisible characters: joiners, variation selectors, tags (UTS #51, 1.4.9). */
const PICTURE = String.raw`\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|[\u{fe0e}\u{fe0f}])?`;
const FLAG = String.raw`\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{3,6}\u{e007f}`;
const KEYCAP = String.raw`[#*0-9]\u{fe0f}\u{20e3}`;
const EMOJI = new RegExp(String.raw`${FLAG}|${PICTURE}(?:\u{200d}${PICTURE})*|${KEYCAP}`, "gu");

/**
 * Characters that nobody sees, or that change what others look like: controls (of direction, too), fillers, line breaks,
 * and those without an agreed look. The last ones have a glyph, which is blank.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u{2800}\u{fffc}\u{13441}\u{13442}\u{16fe4}\u{1d159}]/u;

/** Joiners that Persian and the scripts of India are written with: between letters of one, beside a virama of the others. */
const VIRAMA = String.raw`[\u{94d}\u{9cd}\u{a4d}\u{acd}\u{b4d}\u{bcd}\u{c4d}\u{ccd}\u{d4d}\u{dca}]`;
const SPELLING = new RegExp(
  String.raw`(?<=\p{Script=Arabic})\u{200c}(?=\p{Script=Arabic})|(?<=${VIRAMA})[\u{200c}\u{200d}]|\u{200d}(?=${VIRAMA})`,
  "gu",
);

/**
 * True if a name is in NFC, so that it is written in one way only, and has no character that is not seen. Joiners and
 * variation selectors count as seen inside an emoji.
 */
export function isPlainName(name: string): boolean {
  // Not removed: the halves of a character on both sides would become one.
  return name === name.normalize() && !UNSEEN.test(name.replace(EMOJI, "."));
}

/** The same for a title, which is no identity: it may have the joiners that some languages are spelled with. */
export function isPlainTitle(title: string): boolean {
  return isPlainName(title.replace(SPELLING, ""));
}
