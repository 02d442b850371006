import type { LoggedFrame } from "../state/frame-log.ts";

/** Frames of this tab, newest first. */
export function Frames({ frames }: { frames: readonly LoggedFrame[] }) {
  return (
    <section class="frames" aria-label="Frames of this tab">
      <h3>Frames of this tab</h3>
      <ul>
        {[...frames].reverse().map((frame) => (
          <li key={frame.id} class={`frame-${frame.event}`}>
            <Frame frame={frame} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const ARROWS = { sent: "↑", received: "↓", opened: "●", closed: "○" } as const;

function Frame({ frame: { event, atMs, socket, text, type } }: { frame: LoggedFrame }) {
  const summary = (
    <>
      <span class="arrow" aria-hidden="true">
        {ARROWS[event]}
      </span>
      <span class="type">
        <span class="visually-hidden">{event} </span>
        {text === undefined ? `socket ${socket} ${event}` : type || "?"}
      </span>
      <span class="size">{text !== undefined && `${text.length} B`}</span>
      <time>{timeWithSeconds(atMs)}</time>
    </>
  );
  if (text === undefined) return <p>{summary}</p>;
  return (
    <details>
      <summary>{summary}</summary>
      <pre>{formatJson(text)}</pre>
    </details>
  );
}

function formatJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function timeWithSeconds(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, { hour12: false });
}
