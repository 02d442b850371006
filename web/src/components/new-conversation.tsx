import { useEffect, useRef, useState } from "preact/hooks";
import type { Conversation } from "../../../client/src/index.ts";
import { titleProblem, userProblem } from "../format/name-problem.ts";
import { errorText } from "../state/chat.ts";
import { useChat } from "../state/context.ts";
import { navigateTo, openRecipient } from "../state/route.ts";
import { Dialog } from "./ui/dialog.tsx";
import { UserListField } from "./user-list-field.tsx";

/** Longest wait for a group before the dialog closes: long enough for functions that start cold. */
const GROUP_WAIT_MS = 15_000;
/** The same without a connection, when the group has to wait anyway. */
const OFFLINE_WAIT_MS = 2_000;
const CREATED_LATER = "The group will be created as soon as there is a connection.";

/** Dialog that starts a chat with one user or creates a group. */
export function NewConversation({ onClose }: { onClose: () => void }) {
  const { client, user, updatePendingCount, toast } = useChat();
  const [users, setUsers] = useState<readonly string[]>([]);
  const [title, setTitle] = useState("");
  const [sharesHistory, setSharesHistory] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const isShown = useRef(true);
  useEffect(
    () => () => {
      isShown.current = false;
    },
    [],
  );
  const others = users.filter((other) => other !== user);
  const isGroup = others.length > 1 || title.trim() !== "";

  const open = ({ id }: Conversation) => {
    // The user may have closed the dialog, and be writing elsewhere.
    if (isShown.current || openRecipient.getSnapshot() === undefined) navigateTo(id);
  };

  const start = async () => {
    const [peer] = others;
    const refusal = userProblem(others) ?? titleProblem(title);
    if (refusal !== undefined) return setProblem(refusal);
    if (!isGroup) {
      if (peer === undefined) return setProblem(users.length > 0 ? "That is you." : "Enter a name.");
      navigateTo(client.conversation({ user: peer }).id ?? { user: peer });
      return onClose();
    }
    setBusy(true);
    setProblem(undefined);
    try {
      const creation = client.createGroup({
        members: others,
        ...(title.trim() !== "" && { title: title.trim() }),
        ...(sharesHistory && { history: "all" as const }),
      });
      updatePendingCount();
      const waitMs = client.state === "online" ? GROUP_WAIT_MS : OFFLINE_WAIT_MS;
      const group = await Promise.race([creation, delay(waitMs)]);
      if (group === undefined) {
        // The group waits for a connection, as messages do.
        toast.set(CREATED_LATER);
        creation
          .then((created) => {
            if (toast.getSnapshot() === CREATED_LATER) toast.set(undefined);
            open(created);
          })
          .catch((error: unknown) => toast.set(errorText(error)));
      } else open(group);
      onClose();
    } catch (error) {
      setProblem(errorText(error));
      setBusy(false);
    }
  };

  return (
    <Dialog title="New conversation" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start();
        }}
      >
        <UserListField label="Chat with" users={users} onChange={setUsers} autofocus />
        <label>
          Title of the group
          <input
            name="title"
            dir="auto"
            maxLength={100}
            placeholder={others.length > 1 ? "Optional" : "Only for groups"}
            value={title}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
        {isGroup && (
          <label class="check">
            <input
              type="checkbox"
              checked={sharesHistory}
              onChange={(event) => setSharesHistory(event.currentTarget.checked)}
            />
            People who join later can read earlier messages
          </label>
        )}
        <p class="problem" role="alert">
          {problem}
        </p>
        <button type="submit" class="primary" disabled={busy}>
          {isGroup ? "Create group" : "Start chatting"}
        </button>
      </form>
    </Dialog>
  );
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
