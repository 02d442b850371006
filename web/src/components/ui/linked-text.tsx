import type { ComponentChildren } from "preact";
import { linksIn } from "../../format/links.ts";

/** Renders a text with its web addresses as links. A link that poses as another has its host beside it. */
export function LinkedText({ text }: { text: string }) {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const { start, end, host } of linksIn(text)) {
    const address = text.slice(start, end);
    parts.push(
      text.slice(from, start),
      <a href={address} title={host} target="_blank" rel="noreferrer noopener" tabIndex={-1}>
        {address}
        {host !== undefined && <span class="link-host">{host}</span>}
      </a>,
    );
    from = end;
  }
  return <>{[...parts, text.slice(from)]}</>;
}
