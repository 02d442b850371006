/** A web address ends at white space or at a character that it cannot contain. */
const LINK = /https?:\/\/[^\s<>"]+/g;
const OPENING_BRACKETS: Readonly<Record<string, string>> = { ")": "(", "]": "[" };

export interface Link {
  readonly start: number;
  readonly end: number;
}

/** Finds the web addresses in a text, without the punctuation of the sentence around them. */
export function linksIn(text: string): Link[] {
  return [...text.matchAll(LINK)].map(({ 0: match, index }) => ({
    start: index,
    end: index + trimPunctuation(match).length,
  }));
}

/** Removes punctuation from the end of an address. A closing bracket stays if the address has its opening one. */
function trimPunctuation(link: string): string {
  const last = link.at(-1) ?? "";
  const opening = OPENING_BRACKETS[last];
  const isUnmatched = opening !== undefined && count(link, last) > count(link, opening);
  return isUnmatched || ".,;:!?'".includes(last) ? trimPunctuation(link.slice(0, -1)) : link;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
