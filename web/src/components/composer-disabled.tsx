import type { ConversationInfo } from "../../../client/src/index.ts";
import { reasonOf } from "../state/chat.ts";
import { useChat } from "../state/context.ts";

/** In place of the field to write in, where nothing can be sent. */
export function ComposerDisabled({ info: { left, peer } }: { info: ConversationInfo }) {
  const { client, notice } = useChat();
  const unblock = () => client.unblock(peer ?? "").catch((error: unknown) => notice.set(reasonOf(error)));
  return (
    <div class="not-here">
      {left ? (
        "You are not in this group any more."
      ) : (
        <>
          You have blocked {peer}.{" "}
          <button type="button" class="link" onClick={unblock}>
            Unblock
          </button>
        </>
      )}
    </div>
  );
}
