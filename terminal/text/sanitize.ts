import { stripVTControlCharacters } from "node:util";

/** Controls that reorder what stands around them: they make a line say what nobody wrote. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What others wrote, as one line that a terminal shows and does not obey. */
export function sanitize(text: string): string {
  return stripVTControlCharacters(text.replace(/\r\n?|[\n\u2028\u2029]/g, " ↵ ").replaceAll("\t", " "))
    .replace(/\p{Cc}/gu, "")
    .replace(BIDI_CONTROLS, "")
    .toWellFormed();
}
