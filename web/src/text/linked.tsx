import type { ComponentChildren } from "preact";

/** Ends before the punctuation of the sentence it stands in. */
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}']/g;

/** A text with its web addresses as links. */
export function Linked({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const { 0: link, index } of text.matchAll(LINK)) {
    parts.push(
      text.slice(from, index),
      <a href={link} target="_blank" rel="noreferrer noopener">
        {link}
      </a>,
    );
    from = index + link.length;
  }
  return <>{[...parts, text.slice(from)]}</>;
}
