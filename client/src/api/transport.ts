export interface TransportListener {
  opened(): void;
  received(text: string): void;
  /** @param cause what the platform tells, for people; close codes carry no meaning in this protocol */
  closed(cause: unknown): void;
}

export interface Socket {
  /** Never throws. What is sent while the socket is closing is lost, as with any frame. */
  send(text: string): void;
  /**
   * No event of the listener fires from here on. The closing itself may take its time: Node's WebSocket waits for the
   * peer's word, and keeps the process alive meanwhile. Twice is no error.
   */
  close(): void;
}

/**
 * Opens a WebSocket with these subprotocols. `opened` fires at most once and before any `received`; `closed`
 * fires once and last, also for a socket that never opened. No event fires before the call has returned.
 */
export type Transport = (url: string, protocols: readonly string[], listener: TransportListener) => Socket;
