import type { Transport } from "../api/transport.ts";

/** Transport over the platform's own WebSocket: browsers, Node from 22. */
export const webSocketTransport: Transport = (url, protocols, listener) => {
  const socket = new WebSocket(url, [...protocols]);
  let failure: unknown;
  let released = false;
  const unlessReleased = <T>(handle: (event: T) => void) => {
    return (event: T) => {
      if (!released) handle(event);
    };
  };

  socket.onopen = unlessReleased(() => listener.opened());
  socket.onmessage = unlessReleased((event) => {
    // The protocol has no binary frames.
    if (typeof event.data === "string") listener.received(event.data);
  });
  socket.onerror = unlessReleased((event) => {
    failure = "error" in event ? event.error : undefined;
  });
  socket.onclose = unlessReleased((event) => {
    released = true;
    listener.closed(failure ?? new Error(`closed with code ${event.code}`));
  });

  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      released = true;
      socket.close();
    },
  };
};
