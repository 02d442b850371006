/** Latin letters, and letters of other scripts that look like them. Each pair is a letter and its look-alikes. */
const FOREIGN = pairs(
  "A:АΑᎪ B:ВΒᏴ C:СϹᏟ E:ЕΕᎬ F:Ϝ H:НΗᎻ I:ІΙӀ J:ЈᎫ K:КΚᏦ L:Ꮮ M:МΜᎷ N:Ν O:ОΟՕ P:РΡᏢ S:ЅՏᏚ T:ТΤᎢ U:Ս V:ѴᏙ W:ԜᎳ X:ХΧ Y:УҮΥ Z:ΖᏃ",
  "a:аαɑ c:сϲ d:ԁ e:еҽ g:ɡց h:һհ i:іιı j:ј k:κ l:ӏ n:ո o:оοօσ p:рρ q:ԛգ s:ѕ u:υս v:ѵν w:ԝω x:х y:уүγ",
);

/** Characters that look alike in many typefaces, mapped to one of them. */
const ALIKE = pairs("l:I1|ǀ∣ O:0");

const APART_FROM_LATIN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

/**
 * Returns forms of a name. Two names are easily taken for each other if one of their forms is the same, at the same place:
 * without case, with the letters of other scripts as Latin ones, and with similar characters as one.
 */
export function looksOf(name: string): readonly string[] {
  const plain = name
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/\s+/g, " ")
    .replace(/\p{Pd}|[−_]/gu, "-")
    .replace(/[’‘ʼ`´]/g, "'");
  const latin = replaceEach(plain, FOREIGN);
  const alike = replaceEach(latin, ALIKE).replaceAll("rn", "m").replaceAll("vv", "w");
  return [plain, latin, alike].map((form) => form.toUpperCase().toLowerCase());
}

/** True if a word of the name mixes Latin letters with those of a script that has the same shapes. */
export function mixesScripts(name: string): boolean {
  const words = name.match(/[\p{L}\p{M}]+/gu) ?? [];
  return words.some((word) => /\p{Script=Latin}/u.test(word) && APART_FROM_LATIN.test(word));
}

/** Returns the first characters in which two names differ, each with its code: “l” (U+006C). */
export function firstDifference(name: string, other: string): readonly [string, string] | undefined {
  const characters = [...name];
  const others = [...other];
  const at = characters.findIndex((character, index) => character !== others[index]);
  const [here, there] = [characters[at], others[at]];
  return here === undefined || there === undefined ? undefined : [withCode(here), withCode(there)];
}

function withCode(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `“${character}” (U+${code})`;
}

function pairs(...lists: readonly string[]): ReadonlyMap<string, string> {
  const entries = lists.flatMap((list) => list.split(" ")).map((pair) => pair.split(":"));
  return new Map(
    entries.flatMap(([letter = "", others = ""]) => [...others].map((other) => [other, letter])),
  );
}

function replaceEach(text: string, replacements: ReadonlyMap<string, string>): string {
  return Array.from(text, (character) => replacements.get(character) ?? character).join("");
}
