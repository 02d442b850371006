import {
  type ClientFrame,
  decodeClientFrame,
  type ErrorFrame,
  ProtocolError,
  wireError,
} from "../../protocol/index.ts";

/** One frame as it came in, with what only the server knows about it. */
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
  /** 0 if the token does not say. */
  readonly tokenIssuedAtMs: number;
}

/** Names a frame wherever it goes, from the lines of API Gateway's access log, which has both parts, to its pushes. */
export function frameId({ connection, messageId }: Pick<Request, "connection" | "messageId">): string {
  return `${connection}${messageId}`;
}

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
