/** `keyCode` of a key that an input method has handled. In Safari it is all that tells the Enter after a composition. */
const HANDLED_BY_INPUT_METHOD = 229;

/**
 * Hides the keys of an input method from every field of the page: an Enter that accepts a suggested word must not send
 * the text, and arrow keys choose among words.
 */
export function hideCompositionKeys(): void {
  addEventListener(
    "keydown",
    (event) => {
      if (!event.isComposing && event.keyCode !== HANDLED_BY_INPUT_METHOD) return;
      event.stopImmediatePropagation();
      // Nor does it submit a form.
      if (event.key === "Enter") event.preventDefault();
    },
    { capture: true },
  );
}
