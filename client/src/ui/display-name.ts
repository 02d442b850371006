import { isTombstone } from "../../../protocol/tombstone.ts";

/** Controls that reorder the text around them, so that a line reads as something that nobody wrote. */
const BIDI_CONTROLS = /\p{Bidi_Control}/gu;

/** Anything that leaves a mark on a screen. U+2800 is a Braille pattern without dots. */
const VISIBLE = /[^\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** A letter of a script that is written from right to left. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** True if the first letter of a text is written from right to left, and so the text. */
export function isRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(/\p{L}/u.exec(text)?.[0] ?? "");
}

/** Removes the controls with which a text changes the direction of what follows it. */
export function withoutBidiControls(text: string): string {
  return text.replace(BIDI_CONTROLS, "");
}

/** Shown in place of the id that stands for an erased user. */
const DELETED_ACCOUNT = "Deleted account";

/**
 * Returns the name of a user, or the title of a group, as it may be shown: on one line, without controls of direction, and
 * as a list of code points (`U+200B`) if nothing of it would be seen. Others choose these names. An erased user is a
 * `Deleted account`.
 */
export function displayName(name: string): string {
  if (isTombstone(name)) return DELETED_ACCOUNT;
  if (VISIBLE.test(name)) return withoutBidiControls(name).replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
  return Array.from(name, (character) => {
    const hex = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
    return `U+${hex}`;
  }).join(" ");
}

/**
 * Returns a text for use inside a sentence that cannot have markup, such as a label: a text that is written from right to
 * left stands in invisible brackets (U+2068, U+2069), so that it does not reorder the sentence.
 */
export function isolatedText(text: string): string {
  const shown = withoutBidiControls(text);
  return RIGHT_TO_LEFT.test(shown) ? `\u2068${shown}\u2069` : shown;
}

/** Returns a name as `displayName` does, for use inside a sentence. */
export function isolatedName(name: string): string {
  return isolatedText(displayName(name));
}
