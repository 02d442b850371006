/** Up to white space or what cannot stand in an address. */
const LINK = /https?:\/\/[^\s<>"]+/g;
const PAIRS: Readonly<Record<string, string>> = { ")": "(", "]": "[" };

export interface Link {
  readonly start: number;
  readonly end: number;
}

/** Where web addresses stand in a text, without the punctuation of the sentence around them. */
export function linksIn(text: string): Link[] {
  return [...text.matchAll(LINK)].map(({ 0: match, index }) => ({
    start: index,
    end: index + trimmed(match).length,
  }));
}

/** A closing bracket belongs to the address if that has opened it. */
function trimmed(link: string): string {
  const last = link.at(-1) ?? "";
  const opening = PAIRS[last];
  const isOdd = opening !== undefined && count(link, last) > count(link, opening);
  return isOdd || ".,;:!?'".includes(last) ? trimmed(link.slice(0, -1)) : link;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
