import { useLayoutEffect, useState } from "preact/hooks";
import { useChat } from "../state/context.ts";

/** Renders again when drafts of the conversation have changed otherwise than by typing. */
export function useDraftChanges(key: string): void {
  const { drafts } = useChat();
  const [, render] = useState({});
  useLayoutEffect(() => drafts.onChange(key, () => render({})), [drafts, key]);
}
