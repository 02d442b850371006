import { useState } from "preact/hooks";
import type { Conversation, ConversationInfo, Sending } from "../../../client/src/index.ts";
import { reasonOf } from "../chat/chat.ts";
import { useChat } from "../chat/context.ts";
import { titleOf } from "../text/title.ts";
import { Dialog } from "./dialog.tsx";
import { Members } from "./members.tsx";

export interface DetailsProps {
  readonly info: ConversationInfo;
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

/** What can be set for a conversation. */
export function Details({ info, conversation, onClose }: DetailsProps) {
  const { client } = useChat();
  const [problem, setProblem] = useState<string>();
  const { kind, peer, muted, blocking, left } = info;

  const attempt = (work: Promise<unknown>) => {
    setProblem(undefined);
    work.catch((error: unknown) => setProblem(reasonOf(error)));
  };

  return (
    <Dialog title={titleOf(info, info.conversation)} onClose={onClose}>
      {kind === "group" && !left && <Group info={info} conversation={conversation} onSent={attempt} />}
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
          Muted: no count of unread messages in the title
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
          <button type="button" class="danger" onClick={() => attempt(conversation.leave().done)}>
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
  readonly onSent: (done: Promise<unknown>) => void;
}

function Group({ info, conversation, onSent }: GroupProps) {
  const { sent } = useChat();
  const [title, setTitle] = useState(info.title ?? "");
  const mayManage = info.role === "admin" || info.role === "owner";
  const send = (sending: Sending) => {
    sent();
    onSent(sending.done);
  };
  return (
    <>
      {mayManage && (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            if (title.trim() !== "" && title.trim() !== info.title) send(conversation.rename(title.trim()));
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
      <Members info={info} conversation={conversation} mayManage={mayManage} onSend={send} />
    </>
  );
}
