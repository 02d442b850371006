import { useEffect, useState } from "preact/hooks";
import type { Recipient } from "../../../client/src/index.ts";
import { recipientKey, whoToWatch } from "../../../client/src/ui.ts";
import { useIsOnline } from "../hooks/use-is-online.ts";
import { useObservable } from "../hooks/use-observable.ts";
import { useRefuseFiles } from "../hooks/use-refuse-files.ts";
import { Inspector } from "../inspector/inspector.tsx";
import { useChat } from "../state/context.ts";
import { isInspectorOpen } from "../state/inspector.ts";
import { openRecipient } from "../state/route.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { Conversation } from "./conversation.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { NewConversation } from "./new-conversation.tsx";
import { Toast } from "./toast.tsx";
import { ErrorBoundary } from "./ui/error-boundary.tsx";
import { Name } from "./ui/name.tsx";

/** Page of a signed-in user: the conversation list, the open conversation and the inspector. */
export function Shell({ isEmbedded }: { isEmbedded: boolean }) {
  const { hasInspector } = useChat();
  const recipient = useObservable(openRecipient);
  const showsInspector = useObservable(isInspectorOpen) && hasInspector;
  const [isComposing, setIsComposing] = useState(false);
  const [peersInSight, setPeersInSight] = useState<readonly string[]>([]);
  useWatchPresence(recipient, peersInSight);
  useRefuseFiles();
  const compose = () => setIsComposing(true);

  return (
    <div
      class={`shell ${recipient === undefined ? "at-list" : "at-conversation"} ${showsInspector ? "with-inspector" : ""}`}
    >
      <ConnectionBanner />
      <ErrorBoundary contentKey={recipient} fallback={<p class="empty">The list cannot be shown.</p>}>
        <ConversationList open={recipient} onNew={compose} onPeersInSight={setPeersInSight} />
      </ErrorBoundary>
      {recipient === undefined ? (
        <EmptyState onNew={compose} />
      ) : (
        <ErrorBoundary
          key={recipientKey(recipient)}
          contentKey={recipient}
          fallback={
            <main class="empty-state">
              <h1>This conversation cannot be shown.</h1>
            </main>
          }
        >
          <Conversation recipient={recipient} />
        </ErrorBoundary>
      )}
      {showsInspector && <Inspector isEmbedded={isEmbedded} />}
      {isComposing && <NewConversation onClose={() => setIsComposing(false)} />}
      <ErrorBoundary contentKey={undefined} fallback={null}>
        <Toast />
      </ErrorBoundary>
      <ConfirmDialog />
    </div>
  );
}

/** Stands in the place of a conversation. */
function EmptyState({ onNew }: { onNew: () => void }) {
  const { client, user } = useChat();
  const isOnline = useIsOnline();
  const isEmpty = useObservable(client.inbox).length === 0;
  return (
    <main class="empty-state">
      <h1>
        You are <Name of={user} />.
      </h1>
      {!isEmpty && <p>Choose a conversation, or start a new one.</p>}
      {isEmpty && isOnline && (
        <>
          <p>Write to somebody: their name is all you need.</p>
          <button type="button" class="primary" onClick={onNew}>
            Start a conversation
          </button>
        </>
      )}
    </main>
  );
}

/** Watches the presence of the users on the screen. */
function useWatchPresence(recipient: Recipient | undefined, peersInSight: readonly string[]): void {
  const { client } = useChat();
  const inbox = useObservable(client.inbox);
  const open = inbox.find(({ conversation, peer }) =>
    typeof recipient === "object" ? peer === recipient.user : conversation === recipient,
  );
  const group = open?.kind === "group" && !open.left ? open : undefined;
  const watch = whoToWatch(inbox, {
    peers: open?.peer === undefined ? peersInSight : [open.peer, ...peersInSight],
    group: group && {
      conversation: group.conversation,
      members: group.receipts.map(({ user }) => user),
    },
  });
  const key = JSON.stringify(watch);
  // A new list of the same users changes nothing.
  useEffect(() => {
    const { users, conversation } = watch;
    client.watch(users, conversation === undefined ? {} : { conversation });
  }, [client, key]);
}
