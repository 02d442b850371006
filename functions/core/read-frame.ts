import {
  type ClientFrame,
  decodeClientFrame,
  type ErrorFrame,
  ProtocolError,
  wireError,
} from "../../protocol/index.ts";
import type { Request } from "./request.ts";

/** The frame a request carries, or the error it is answered with; what the error is about is named if known. */
export function readFrame({ text, receivedAtMs, tokenExpiresAtMs }: Request): ClientFrame | ErrorFrame {
  try {
    const frame = decodeClientFrame(text);
    // From then on a connection is refused everything, though API Gateway may keep it open for two hours.
    const expired = receivedAtMs >= tokenExpiresAtMs;
    return expired ? { type: "error", error: wireError("unauthenticated"), ...subjectOf(frame) } : frame;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const { requestId: id, entryIds: ids } = error;
    return {
      type: "error",
      error: error.error,
      ...(id !== undefined && { id }),
      ...(ids !== undefined && { ids }),
    };
  }
}

/** What an error about this frame names. */
export function subjectOf(frame: ClientFrame): { id?: string; ids?: string[] } {
  if (frame.type === "send") return { ids: frame.entries.map(({ id }) => id) };
  if (frame.type === "create") return { ids: [frame.id] };
  return "id" in frame ? { id: frame.id } : {};
}
