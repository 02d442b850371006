import type { ReceivedFrame } from "./socket.ts";

/** Text of every message. */
export const TEXT = "x".repeat(200);

export function textEntry(id: string) {
  return { id, kind: "text", body: { text: TEXT } };
}

/** Returns the highest seq in a frame, or 0. */
export function lastSeq({ entries = [] }: ReceivedFrame): number {
  return Math.max(0, ...entries.map(({ seq = 0 }) => seq));
}
