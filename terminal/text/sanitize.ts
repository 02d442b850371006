import { stripVTControlCharacters } from "node:util";

/** Controls that reorder the text around them, so that a line reads as something nobody wrote. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Converts text from others to one line without anything that controls the terminal. */
export function sanitize(text: string): string {
  return stripVTControlCharacters(text.replace(/\r\n?|[\n\u2028\u2029]/g, " ↵ ").replaceAll("\t", " "))
    .replace(/\p{Cc}/gu, "")
    .replace(BIDI_CONTROLS, "")
    .toWellFormed();
}
