/** A web address in a text. */
export interface Link {
  readonly start: number;
  readonly end: number;
  /** The host that the address really leads to, if the text shows another one, or one that looks like another. */
  readonly host: string | undefined;
}

/**
 * An address ends at white space or at what it cannot hold: quotes, full-width punctuation, and controls, some of which
 * reorder what people see of it.
 */
const ADDRESS = /https?:\/\/[^\s\p{Cc}\p{Bidi_Control}<>"“”„«»‘’，。！？；：、（）「」『』【】《》〈〉…]+/giu;
const SENTENCE_END = new Set(".,;:!?'");
const OPENING_BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[" };

/** Finds the web addresses in a text, without the punctuation of the sentence around them. Takes linear time. */
export function linksIn(text: string): Link[] {
  return [...text.matchAll(ADDRESS)].flatMap(({ 0: match, index: start }) => {
    const address = match.slice(0, lengthWithoutPunctuation(match));
    const url = parse(address);
    return url === undefined ? [] : [{ start, end: start + address.length, host: hiddenHost(address, url) }];
  });
}

/** Leaves out punctuation at the end of an address. A closing bracket stays if the address has its opening one. */
function lengthWithoutPunctuation(address: string): number {
  const counts = new Map<string, number>();
  for (const character of address) counts.set(character, (counts.get(character) ?? 0) + 1);
  const count = (character: string) => counts.get(character) ?? 0;
  for (let end = address.length; end > 0; end--) {
    const last = address.charAt(end - 1);
    const opening = OPENING_BRACKETS[last];
    const isUnmatched = opening !== undefined && count(last) > count(opening);
    if (!isUnmatched && !SENTENCE_END.has(last)) return end;
    counts.set(last, count(last) - 1);
  }
  return 0;
}

function parse(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

/** Returns the host if the address does not begin with it: a user name may pose as one, and so may letters of other scripts. */
function hiddenHost(address: string, { hostname }: URL): string | undefined {
  const [, shown = ""] = /^https?:\/\/([^/?#\\]*)/i.exec(address) ?? [];
  return shown.replace(/:\d*$/, "").toLowerCase() === hostname ? undefined : hostname;
}
