import {
  type ClientFrame,
  decodeClientFrame,
  type ErrorFrame,
  ProtocolError,
  wireError,
} from "../../protocol/index.ts";

/** One frame as received, with what only the server knows about it. */
export interface Request {
  readonly user: string;
  readonly connection: string;
  readonly device: string | undefined;
  /** Unique among the frames of the connection. */
  readonly messageId: string;
  /** The text of the frame; undefined when the message was not text. */
  readonly text: string | undefined;
  readonly receivedAtMs: number;
  readonly connectedAtMs: number;
  readonly tokenExpiresAtMs: number;
  /** 0 if the token does not tell. */
  readonly tokenIssuedAtMs: number;
}

/** Id of a frame in every log line about it, from API Gateway's access log, which has both parts, to its pushes. */
export function frameId({ connection, messageId }: Pick<Request, "connection" | "messageId">): string {
  return `${connection}${messageId}`;
}

/** Returns the frame of a request, or the error to answer, which names its subject if that is known. */
export function readFrame({ text, receivedAtMs, tokenExpiresAtMs }: Request): ClientFrame | ErrorFrame {
  try {
    const frame = decodeClientFrame(text);
    // After that every frame is refused, although API Gateway may keep the connection open for two hours.
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

/** Fields by which an error names this frame. */
export function subjectOf(frame: ClientFrame): { id?: string; ids?: string[] } {
  if (frame.type === "send") return { ids: frame.entries.map(({ id }) => id) };
  if (frame.type === "create") return { ids: [frame.id] };
  return "id" in frame ? { id: frame.id } : {};
}
