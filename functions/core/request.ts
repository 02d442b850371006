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
