import { useState } from "preact/hooks";
import {
  ClientError,
  type Conversation,
  type ConversationInfo,
  type MessageHandle,
} from "../../../client/src/index.ts";
import { isDeletedAccount } from "../../../client/src/ui.ts";
import { titleProblem } from "../format/name-problem.ts";
import { titleOf } from "../format/title.ts";
import { errorText } from "../state/chat.ts";
import { useChat } from "../state/context.ts";
import { MemberList } from "./member-list.tsx";
import { Dialog } from "./ui/dialog.tsx";
import { Name } from "./ui/name.tsx";

export interface ConversationDetailsProps {
  readonly info: ConversationInfo;
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

/** Dialog with the settings of a conversation, and the members of a group. */
export function ConversationDetails({ info, conversation, onClose }: ConversationDetailsProps) {
  const { client, confirmation, updatePendingCount } = useChat();
  const [problem, setProblem] = useState<string>();
  const { kind, peer, muted, blocking, left } = info;

  const attempt = (work: Promise<unknown>) => {
    setProblem(undefined);
    work.catch((error: unknown) => setProblem(errorText(error)));
  };

  /** Sends a change. A refused one is shown in this dialog and removed from the messages. */
  const send = async (change: () => MessageHandle) => {
    setProblem(undefined);
    const handle = change();
    updatePendingCount();
    return handle.done.catch((error: unknown) => {
      conversation.discard(handle.id);
      throw error;
    });
  };

  const leave = () =>
    send(() => conversation.leave()).then(onClose, (error: unknown) => {
      const isOnlyOwner = info.role === "owner" && error instanceof ClientError && error.code === "conflict";
      setProblem(
        isOnlyOwner ? "You are the only owner: make someone else an owner first." : errorText(error),
      );
    });

  const askToLeave = () =>
    confirmation.set({
      title: "Leave the group?",
      consequence: "You keep the messages you can read now. To come back, somebody has to add you.",
      confirmLabel: "Leave",
      onConfirm: () => void leave(),
    });

  return (
    <Dialog title={titleOf(info, info.conversation)} onClose={onClose}>
      {kind === "group" && !left && (
        <Group info={info} conversation={conversation} onSend={(change) => attempt(send(change))} />
      )}
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="settings">
        <label class="check">
          <input
            type="checkbox"
            checked={muted}
            onChange={({ currentTarget }) => attempt(conversation.mute(currentTarget.checked))}
          />
          Mute (not counted in the tab's title)
        </label>
        {peer !== undefined && !isDeletedAccount(peer) && (
          <button
            type="button"
            class="danger"
            onClick={() => attempt(blocking ? client.unblock(peer) : client.block(peer))}
          >
            {blocking ? "Unblock" : "Block"} <Name of={peer} />
          </button>
        )}
        {kind === "group" && !left && (
          <button type="button" class="danger" onClick={askToLeave}>
            Leave the group
          </button>
        )}
      </div>
    </Dialog>
  );
}

interface GroupProps {
  readonly info: ConversationInfo;
  readonly conversation: Conversation;
  /** Sends a change, and shows why it could not be made. */
  readonly onSend: (change: () => MessageHandle) => void;
}

function Group({ info, conversation, onSend }: GroupProps) {
  const [title, setTitle] = useState(info.title ?? "");
  const mayManage = info.role === "admin" || info.role === "owner";
  return (
    <>
      {mayManage && (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            if (title.trim() !== "" && title.trim() !== info.title)
              onSend(() => {
                const refusal = titleProblem(title);
                if (refusal !== undefined) throw new Error(refusal);
                return conversation.rename(title.trim());
              });
          }}
        >
          <label>
            Title
            <input
              name="title"
              dir="auto"
              maxLength={100}
              value={title}
              onInput={(event) => setTitle(event.currentTarget.value)}
            />
          </label>
          <button type="submit" disabled={title.trim() === "" || title.trim() === info.title}>
            Rename
          </button>
        </form>
      )}
      <MemberList info={info} conversation={conversation} mayManage={mayManage} onSend={onSend} />
    </>
  );
}
