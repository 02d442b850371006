import type { ClientOptions } from "@parley/client";
import { useState } from "react";
import { Chat } from "./chat.tsx";
import { localOptions } from "./local-options.ts";
import { ParleyProvider } from "./parley.tsx";

export function App() {
  const [options, setOptions] = useState<ClientOptions>();
  if (options === undefined) {
    return (
      <form action={(data) => setOptions(localOptions(String(data.get("user"))))}>
        <input name="user" aria-label="Your name" placeholder="Your name" required />
        <button type="submit">Sign in</button>
      </form>
    );
  }
  return (
    <ParleyProvider options={options}>
      <Chat />
    </ParleyProvider>
  );
}
