import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Chat } from "./chat.ts";

export const ChatContext = createContext<Chat | undefined>(undefined);

/** Returns the chat of the signed-in user. Throws outside a ChatContext. */
export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (chat === undefined) throw new Error("useChat needs a ChatContext.Provider around the component");
  return chat;
}
