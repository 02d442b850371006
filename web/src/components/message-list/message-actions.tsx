import type { Conversation, ConversationInfo, TimelineEntry } from "../../../../client/src/index.ts";
import { useChat } from "../../state/context.ts";
import { isInspectorOpen, selectedMessage } from "../../state/inspector.ts";
import { MoreIcon } from "../ui/icons.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";

const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🎉"];

export interface MessageActionsProps {
  readonly entry: TimelineEntry;
  readonly info: ConversationInfo | undefined;
  readonly conversation: Conversation;
  readonly onEdit: (seq: number) => void;
}

/** What can be done with a message; what the server would refuse is not offered. */
export function MessageActions({ entry, info, conversation, onEdit }: MessageActionsProps) {
  const { user, sent, notice, question } = useChat();
  const { id, seq, sender, kind, body } = entry;
  const isOwn = sender === user;
  const isModerator = info?.kind === "group" && (info.role === "admin" || info.role === "owner");
  const isWritable = seq !== undefined && !info?.left && !info?.blocking;
  // The clipboard is the browser's to refuse, and only there on pages of `https:` or localhost.
  const copy = async (text: string) =>
    (navigator.clipboard?.writeText(text) ?? Promise.reject()).catch(() =>
      notice.set("The browser does not let this page copy."),
    );
  const askToDelete = (seq: number) =>
    question.set({
      title: "Delete the message?",
      consequence: "It is gone for everybody, and cannot be had again.",
      action: "Delete",
      confirmed: () => {
        conversation.delete(seq);
        sent();
      },
    });
  const text = kind === "text" ? (body as { text: string }).text : undefined;

  return (
    <Menu label="Message actions" class="message-menu" button={<MoreIcon />}>
      {(close) => {
        const doing = (action: () => void) => () => {
          action();
          sent();
          close();
        };
        return (
          <>
            {isWritable && (
              <div class="reaction-row">
                {REACTIONS.map((key) => (
                  <MenuItem
                    key={key}
                    onChosen={doing(() =>
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
                onChosen={() => {
                  close();
                  onEdit(seq);
                }}
              >
                Edit
              </MenuItem>
            )}
            {text !== undefined && <MenuItem onChosen={doing(() => void copy(text))}>Copy text</MenuItem>}
            <MenuItem
              onChosen={doing(() => {
                selectedMessage.set(id);
                isInspectorOpen.set(true);
              })}
            >
              What happened?
            </MenuItem>
            {isWritable && (isOwn || isModerator) && (
              <MenuItem danger onChosen={doing(() => askToDelete(seq))}>
                Delete
              </MenuItem>
            )}
          </>
        );
      }}
    </Menu>
  );
}
