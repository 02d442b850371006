import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Conversation, ProtocolError } from "../../../client/src/index.ts";
import { useChat } from "../state/context.ts";
import { CloseIcon, SendIcon } from "./ui/icons.tsx";

export interface ComposerProps {
  readonly conversation: Conversation;
  /** Key of the draft: the conversation id as soon as there is one, by which the conversation list finds drafts. */
  readonly draftKey: string;
  readonly label: string;
  /** The message being edited; undefined while writing a new one. */
  readonly editing: { readonly seq: number; readonly text: string } | undefined;
  /** Called when the edit was sent or cancelled. */
  readonly onEditDone: () => void;
  /** Edits the user's newest message; undefined if the conversation has no messages. */
  readonly onEditLast: (() => void) | undefined;
}

/** Message field: Enter sends, Shift+Enter starts a new line, ↑ in an empty field edits the last message. */
export function Composer(props: ComposerProps) {
  const { conversation, draftKey, label, editing, onEditDone, onEditLast } = props;
  const { drafts, updatePendingCount } = useChat();
  const [text, setText] = useState(() => drafts.read(draftKey));
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);

  // Depends on which message is edited, not on its text: a change from elsewhere must not replace what is typed.
  useLayoutEffect(() => {
    setText(editing?.text ?? drafts.read(draftKey));
    setProblem(undefined);
    if (editing !== undefined || matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, [editing?.seq]);

  const submit = () => {
    if (isBlank(text)) return;
    try {
      if (editing === undefined) conversation.send(text);
      else if (!isSameText(text, editing.text)) conversation.edit(editing.seq, text);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      setProblem(
        error.code === "too_large"
          ? "Too long: a message has at most about 16 000 characters."
          : error.message,
      );
      return;
    }
    updatePendingCount();
    // The send button that was pressed is disabled now.
    field.current?.focus();
    setProblem(undefined);
    setText("");
    if (editing === undefined) drafts.write(draftKey, "");
    else onEditDone();
  };

  const handleInput = (value: string) => {
    setText(value);
    setProblem(undefined);
    if (editing !== undefined) return;
    drafts.write(draftKey, value);
    if (!isBlank(value)) conversation.typing();
  };

  const handleKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey) submit();
    else if (event.key === "Escape" && editing !== undefined) onEditDone();
    else if (event.key === "ArrowUp" && text === "" && onEditLast !== undefined) onEditLast();
    else return;
    event.preventDefault();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {editing !== undefined && (
        <p class="editing-banner">
          Editing your message
          <button type="button" class="plain" aria-label="Stop editing" onClick={onEditDone}>
            <CloseIcon />
          </button>
        </p>
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="input-row">
        <div class="auto-height" data-text={text}>
          <textarea
            ref={field}
            rows={1}
            aria-label={label}
            placeholder="Write a message"
            enterkeyhint="send"
            value={text}
            onInput={(event) => handleInput(event.currentTarget.value)}
            onKeyDown={handleKeyDown}
          />
        </div>
        <button type="submit" class="send" aria-label="Send" disabled={isBlank(text)}>
          <SendIcon />
        </button>
      </div>
    </form>
  );
}

/** True for a text of nothing but white space. Any other is sent as it was typed. */
function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** Compares texts. A field has line feeds only, but a program may have sent other line breaks. */
function isSameText(one: string, other: string): boolean {
  const withLineFeeds = (text: string) => text.replaceAll(/\r\n?/g, "\n");
  return withLineFeeds(one) === withLineFeeds(other);
}
