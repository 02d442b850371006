import { useState } from "preact/hooks";
import {
  ClientError,
  type Conversation,
  type ConversationInfo,
  type MessageHandle,
} from "../../../client/src/index.ts";
import { titleOf } from "../format/title.ts";
import { reasonOf } from "../state/chat.ts";
import { useChat } from "../state/context.ts";
import { MemberList } from "./member-list.tsx";
import { Dialog } from "./ui/dialog.tsx";

export interface ConversationDetailsProps {
  readonly info: ConversationInfo;
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

/** What can be set for a conversation. */
export function ConversationDetails({ info, conversation, onClose }: ConversationDetailsProps) {
  const { client, question, sent } = useChat();
  const [problem, setProblem] = useState<string>();
  const { kind, peer, muted, blocking, left } = info;

  const attempt = (work: Promise<unknown>) => {
    setProblem(undefined);
    work.catch((error: unknown) => setProblem(reasonOf(error)));
  };

  /** What is refused is said here, and needs no place among the messages. */
  const send = (sending: MessageHandle) => {
    sent();
    setProblem(undefined);
    return sending.done.catch((error: unknown) => {
      conversation.discard(sending.id);
      throw error;
    });
  };

  const leave = () =>
    send(conversation.leave()).then(onClose, (error: unknown) => {
      const isOnlyOwner = info.role === "owner" && error instanceof ClientError && error.code === "conflict";
      setProblem(isOnlyOwner ? "You are the only owner: make someone else an owner first." : reasonOf(error));
    });

  const askToLeave = () =>
    question.set({
      title: "Leave the group?",
      consequence: "You keep what you can read now, and come back only if somebody adds you.",
      action: "Leave",
      confirmed: () => void leave(),
    });

  return (
    <Dialog title={titleOf(info, info.conversation)} onClose={onClose}>
      {kind === "group" && !left && (
        <Group info={info} conversation={conversation} onSend={(sending) => attempt(send(sending))} />
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
        {peer !== undefined && (
          <button
            type="button"
            class="danger"
            onClick={() => attempt(blocking ? client.unblock(peer) : client.block(peer))}
          >
            {blocking ? `Unblock ${peer}` : `Block ${peer}`}
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
  readonly onSend: (sending: MessageHandle) => void;
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
            if (title.trim() !== "" && title.trim() !== info.title) onSend(conversation.rename(title.trim()));
          }}
        >
          <label>
            Title
            <input
              name="title"
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
