import type { HeadsReport } from "./heads-report.ts";

interface Progress {
  readonly show: (report: Pick<HeadsReport, "conversations">) => void;
  /** Removes the line. */
  readonly end: () => void;
}

const CLEAR_LINE = "\r\u001b[K";

/** Shows a progress line at a terminal, and nothing elsewhere. */
export function showProgress(stream: Pick<NodeJS.WriteStream, "isTTY" | "write">): Progress {
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined };
  return {
    show: ({ conversations }) => stream.write(`${CLEAR_LINE}${conversations} conversations checked`),
    end: () => stream.write(CLEAR_LINE),
  };
}
