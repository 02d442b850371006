/**
 * True if a value holds half a character, in a text or in a key. Takes the value's JSON: `JSON.stringify` writes an unpaired
 * surrogate, and nothing else, as an escape that begins with `\ud`.
 */
export function hasHalfCharacter(json: string): boolean {
  // Backslashes of the value itself come in pairs.
  return /[^\\](\\\\)*\\ud/.test(json);
}
