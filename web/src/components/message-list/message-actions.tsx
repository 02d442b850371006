import type { Conversation, TimelineEntry } from "../../../../client/src/index.ts";
import { excerptOf } from "../../format/excerpt.ts";
import { useChat } from "../../state/context.ts";
import { isInspectorOpen, selectedMessage } from "../../state/inspector.ts";
import { MoreIcon } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import type { Access } from "./use-access.ts";

/** Enough to tell messages apart by ear. */
const LABEL_CHARACTERS = 40;
const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🎉"];

export interface MessageActionsProps {
  readonly entry: TimelineEntry;
  readonly access: Access;
  readonly conversation: Conversation;
  readonly onEdit: (seq: number) => void;
}

/** Menu of the actions for a message. It offers only what the server would accept. */
export function MessageActions({ entry, access, conversation, onEdit }: MessageActionsProps) {
  const { user, hasInspector, updatePendingCount, toast, confirmation } = useChat();
  const { id, seq, sender, kind, body } = entry;
  const isOwn = sender === user;
  const isWritable = seq !== undefined && access.isWritable;
  // The browser can refuse, and has a clipboard only on `https:` pages and on localhost.
  const copy = async (text: string) =>
    (navigator.clipboard?.writeText(text) ?? Promise.reject()).catch(() =>
      toast.set("The browser does not allow this page to copy."),
    );
  const askToDelete = (seq: number) =>
    confirmation.set({
      title: "Delete the message?",
      consequence: "It is deleted for everybody, and cannot be restored.",
      confirmLabel: "Delete",
      onConfirm: () => {
        conversation.delete(seq);
        updatePendingCount();
      },
    });
  const text = kind === "text" ? (body as { text: string }).text : undefined;
  const subject = text === undefined ? kind.slice("x.".length) : excerptOf(text, LABEL_CHARACTERS);

  return (
    <Menu label={`Actions for: ${subject}`} class="message-actions" tabIndex={-1} button={<MoreIcon />}>
      {(close) => {
        const select = (action: () => void) => () => {
          action();
          updatePendingCount();
          close();
        };
        return (
          <>
            {isWritable && (
              <div class="reaction-picker">
                {REACTIONS.map((key) => (
                  <MenuItem
                    key={key}
                    onSelect={select(() =>
                      entry.reactions?.[key]?.includes(user)
                        ? conversation.unreact(seq, key)
                        : conversation.react(seq, key),
                    )}
                  >
                    {key}
                  </MenuItem>
                ))}
              </div>
            )}
            {isWritable && isOwn && text !== undefined && (
              <MenuItem
                onSelect={() => {
                  close();
                  onEdit(seq);
                }}
              >
                Edit
              </MenuItem>
            )}
            {text !== undefined && <MenuItem onSelect={select(() => void copy(text))}>Copy text</MenuItem>}
            {hasInspector && (
              <MenuItem
                onSelect={select(() => {
                  selectedMessage.set(id);
                  isInspectorOpen.set(true);
                })}
              >
                What happened?
              </MenuItem>
            )}
            {isWritable && (isOwn || access.isModerator) && (
              <MenuItem danger onSelect={select(() => askToDelete(seq))}>
                Delete
              </MenuItem>
            )}
          </>
        );
      }}
    </Menu>
  );
}
