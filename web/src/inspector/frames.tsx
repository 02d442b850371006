import type { LoggedFrame } from "../state/frame-log.ts";

/** The frames of this tab, the newest first. */
export function Frames({ frames }: { frames: readonly LoggedFrame[] }) {
  return (
    <section class="frames" aria-label="Frames of this tab">
      <h3>Frames of this tab</h3>
      <ul>
        {frames.toReversed().map((frame) => (
          <li key={frame.id} class={`frame-${frame.what}`}>
            <Frame frame={frame} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const ARROWS = { sent: "↑", received: "↓", opened: "●", closed: "○" } as const;

function Frame({ frame: { what, atMs, socket, text, type } }: { frame: LoggedFrame }) {
  const summary = (
    <>
      <span class="arrow" aria-hidden="true">
        {ARROWS[what]}
      </span>
      <span class="type">
        <span class="hidden">{what} </span>
        {text === undefined ? `socket ${socket} ${what}` : type || "?"}
      </span>
      <span class="size">{text !== undefined && `${text.length} B`}</span>
      <time>{timeWithSeconds(atMs)}</time>
    </>
  );
  if (text === undefined) return <p>{summary}</p>;
  return (
    <details>
      <summary>{summary}</summary>
      <pre>{pretty(text)}</pre>
    </details>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function timeWithSeconds(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, { hour12: false });
}
