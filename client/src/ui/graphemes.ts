/** Made when first needed; `null` in a browser that has none. */
let segmenter: Intl.Segmenter | null | undefined;

/**
 * Splits text into what people take for characters, one at a time: an emoji of several code points is one. Without
 * `Intl.Segmenter`, which Firefox has since version 125, a character is a code point.
 */
export function* graphemes(text: string): Generator<string, void, undefined> {
  if (segmenter === undefined) segmenter = openSegmenter();
  if (segmenter === null) yield* text;
  else for (const { segment } of segmenter.segment(text)) yield segment;
}

/** A browser may lack it, or withhold it by an exception. */
function openSegmenter(): Intl.Segmenter | null {
  try {
    return new Intl.Segmenter();
  } catch {
    return null;
  }
}
