import type { ClientState } from "../../client/src/index.ts";

/** `connecting`, `offline, 2 waiting`, `1 sending`; nothing to say is nothing. */
export function formatConnection(state: ClientState, waiting: number): string {
  if (state === "online") return waiting > 0 ? `${waiting} sending` : "";
  const word = state === "connecting" ? "connecting…" : state;
  return waiting > 0 ? `${word}, ${waiting} waiting` : word;
}
