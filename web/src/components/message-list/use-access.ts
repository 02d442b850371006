import { useMemo } from "preact/hooks";
import type { ConversationInfo } from "../../../../client/src/index.ts";
import { isDeletedAccount } from "../../../../client/src/ui.ts";

/** The part of a conversation's info that messages depend on: the info itself changes with every receipt. */
export interface Access {
  readonly isGroup: boolean;
  /** True if the user may delete the messages of others. */
  readonly isModerator: boolean;
  readonly isWritable: boolean;
}

/** Returns the same object until something in it has changed. */
export function useAccess(info: ConversationInfo | undefined): Access {
  const isGroup = info?.kind === "group";
  const isModerator = isGroup && (info.role === "admin" || info.role === "owner");
  const isWritable = !info?.left && !info?.blocking && !isDeletedAccount(info?.peer);
  return useMemo(() => ({ isGroup, isModerator, isWritable }), [isGroup, isModerator, isWritable]);
}
