import { useEffect } from "preact/hooks";
import type { Recipient } from "../../../client/src/index.ts";
import { recipientKey, whoToWatch } from "../../../client/src/ui.ts";
import { useObservable } from "../hooks/use-observable.ts";
import { Inspector } from "../inspector/inspector.tsx";
import { useChat } from "../state/context.ts";
import { isInspectorOpen } from "../state/inspector.ts";
import { route } from "../state/route.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Conversation } from "./conversation.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { Toast } from "./toast.tsx";
import { PulseIcon } from "./ui/icons.tsx";

/** The page of somebody who is signed in. */
export function Shell({ isEmbedded }: { isEmbedded: boolean }) {
  const recipient = useObservable(route);
  const showsPanel = useObservable(isInspectorOpen);
  useWatching(recipient);

  return (
    <div
      class={`shell ${recipient === undefined ? "at-list" : "at-thread"} ${showsPanel ? "with-panel" : ""}`}
    >
      <ConnectionBanner />
      <ConversationList open={recipient} />
      {recipient === undefined ? (
        <Nothing />
      ) : (
        <Conversation key={recipientKey(recipient)} recipient={recipient} />
      )}
      {showsPanel && <Inspector isEmbedded={isEmbedded} />}
      <button
        type="button"
        class="panel-toggle"
        aria-expanded={showsPanel}
        onClick={() => isInspectorOpen.set(!showsPanel)}
      >
        <PulseIcon />
        What happens
      </button>
      <Toast />
      <ConfirmDialog />
    </div>
  );
}

function Nothing() {
  const { user } = useChat();
  return (
    <main class="nothing">
      <h1>You are {user}.</h1>
      <p>Choose a conversation, or start a new one.</p>
    </main>
  );
}

/** Keeps watching whoever is on the screen. */
function useWatching(recipient: Recipient | undefined): void {
  const { client } = useChat();
  const inbox = useObservable(client.inbox);
  const open = inbox.find(({ conversation }) => conversation === recipient);
  const group = open?.kind === "group" && !open.left ? open : undefined;
  const members = group?.receipts.map(({ user }) => user) ?? [];
  const watch = whoToWatch(inbox, group && { conversation: group.conversation, members });
  const key = JSON.stringify(watch);
  // The same people in a new list are no news.
  useEffect(() => {
    const { users, conversation } = watch;
    client.watch(users, conversation === undefined ? {} : { conversation });
  }, [client, key]);
}
