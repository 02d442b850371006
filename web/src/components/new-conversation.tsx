import { useState } from "preact/hooks";
import { reasonOf } from "../state/chat.ts";
import { useChat } from "../state/context.ts";
import { open } from "../state/route.ts";
import { Dialog } from "./ui/dialog.tsx";
import { UserListField } from "./user-list-field.tsx";

/** Of user ids. */
const LONGEST_NAME = 128;
/** Nobody waits longer for a group. */
const PATIENCE_MS = 3_000;

/** One person, or several with a title. */
export function NewConversation({ onClose }: { onClose: () => void }) {
  const { client, user, sent, notice } = useChat();
  const [users, setUsers] = useState<readonly string[]>([]);
  const [title, setTitle] = useState("");
  const [showsAll, setShowsAll] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const others = users.filter((other) => other !== user);
  const isGroup = others.length > 1 || title.trim() !== "";

  const start = async () => {
    const [peer] = others;
    if (others.some((other) => other.length > LONGEST_NAME))
      return setProblem(`A name has at most ${LONGEST_NAME} characters.`);
    if (!isGroup) {
      if (peer === undefined) return setProblem(users.length > 0 ? "That is you." : "Name somebody.");
      open(client.conversation({ user: peer }).id ?? { user: peer });
      return onClose();
    }
    setBusy(true);
    setProblem(undefined);
    try {
      const made = client.createGroup({
        members: others,
        ...(title.trim() !== "" && { title: title.trim() }),
        ...(showsAll && { history: "all" as const }),
      });
      sent();
      const group = await Promise.race([made, pause(PATIENCE_MS)]);
      if (group === undefined) {
        // It waits for a connection, as messages do.
        made.catch((error: unknown) => notice.set(reasonOf(error)));
        notice.set("The group will be made as soon as there is a connection.");
      } else open(group.id);
      onClose();
    } catch (error) {
      setProblem(reasonOf(error));
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
        <UserListField label="With whom?" users={users} onChange={setUsers} autofocus />
        <label>
          Title of the group
          <input
            name="title"
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
              checked={showsAll}
              onChange={(event) => setShowsAll(event.currentTarget.checked)}
            />
            Who joins later may read what was said before
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

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
