import type { ComponentChildren } from "preact";
import { linksIn } from "../../format/links.ts";

/** Renders a text with its web addresses as links. */
export function LinkedText({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const { start, end } of linksIn(text)) {
    const link = text.slice(start, end);
    parts.push(
      text.slice(from, start),
      <a href={link} target="_blank" rel="noreferrer noopener">
        {link}
      </a>,
    );
    from = end;
  }
  return <>{[...parts, text.slice(from)]}</>;
}
