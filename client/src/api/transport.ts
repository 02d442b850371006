export interface TransportListener {
  opened(): void;
  received(text: string): void;
  /** @param cause the platform's error, for people; close codes carry no meaning in this protocol */
  closed(cause: unknown): void;
}

export interface Socket {
  /** Never throws. Text sent while the socket is closing is lost, as any frame may be. */
  send(text: string): void;
  /**
   * Closes the socket; no event of the listener fires from here on. Closing may take a while: Node's WebSocket waits
   * for the peer's close frame and keeps the process alive meanwhile. Calling it twice is harmless.
   */
  close(): void;
}

/**
 * Opens a WebSocket with these subprotocols. `opened` fires at most once and before any `received`; `closed` fires once
 * and last, also for a socket that never opened. No event fires before this function has returned. May throw if the URL
 * or a subprotocol is invalid.
 */
export type Transport = (url: string, protocols: readonly string[], listener: TransportListener) => Socket;
