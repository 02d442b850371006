import type { ConversationInfo } from "../../../client/src/index.ts";
import { isDeletedAccount } from "../../../client/src/ui.ts";
import { errorText } from "../state/chat.ts";
import { useChat } from "../state/context.ts";
import { Name } from "./ui/name.tsx";

/** Replaces the composer in conversations to which the user cannot send. */
export function ComposerDisabled({ info: { left, peer } }: { info: ConversationInfo }) {
  const { client, toast } = useChat();
  const unblock = () => client.unblock(peer ?? "").catch((error: unknown) => toast.set(errorText(error)));
  if (isDeletedAccount(peer)) {
    return <div class="composer-disabled">This account is deleted. Nobody would read what you write.</div>;
  }
  return (
    <div class="composer-disabled">
      {left ? (
        "You are not in this group any more."
      ) : (
        <>
          You have blocked <Name of={peer ?? ""} />.{" "}
          <button type="button" class="link" onClick={unblock}>
            Unblock
          </button>
        </>
      )}
    </div>
  );
}
