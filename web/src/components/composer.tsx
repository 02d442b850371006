import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ClosedError, type Conversation, ProtocolError } from "../../../client/src/index.ts";
import { errorText } from "../state/chat.ts";
import { useChat } from "../state/context.ts";
import type { EditDraft } from "../state/drafts.ts";
import { CloseIcon, SendIcon } from "./ui/icons.tsx";

export interface ComposerProps {
  readonly conversation: Conversation;
  /** Key of the drafts. */
  readonly draftKey: string;
  readonly label: string;
  /** The message being edited; undefined while writing a new one. */
  readonly editing: EditDraft | undefined;
  /** Edits the user's newest message; undefined if the conversation has no messages. */
  readonly onEditLast: (() => void) | undefined;
}

/** Message field: Enter sends, Shift+Enter starts a new line, ↑ in an empty field edits the last message. */
export function Composer({ conversation, draftKey, label, editing, onEditLast }: ComposerProps) {
  const { drafts, journal, toast, updatePendingCount } = useChat();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  // Not its text: a change of the message from elsewhere must not replace what is typed.
  const editedSeq = editing?.seq;

  useLayoutEffect(() => {
    const read = () => setText(drafts.readEdit(draftKey)?.text ?? drafts.read(draftKey));
    read();
    return drafts.onChange(draftKey, read);
  }, [drafts, draftKey, editedSeq]);

  useLayoutEffect(() => {
    setProblem(undefined);
    if (editedSeq !== undefined || matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, [editedSeq]);

  const send = (content: string) => {
    const handle = conversation.send(content);
    journal.add(handle, { key: draftKey, text: content });
    drafts.write(draftKey, "");
  };

  const sendEdit = (content: string, { seq, original }: EditDraft) => {
    if (!isSameText(content, original)) {
      const handle = conversation.edit(seq, content);
      journal.add(handle, { key: draftKey, text: content, edit: { seq, original } });
      // The message shows its old text again, and the list of messages has no place for the reason.
      handle.done.catch((error: unknown) => {
        if (!(error instanceof ClosedError)) toast.set(`Not changed. ${errorText(error)}`);
      });
    }
    drafts.endEdit(draftKey);
  };

  const submit = () => {
    // As the field is: `text` is that of the last rendering.
    const content = field.current?.value ?? "";
    if (isBlank(content)) return;
    try {
      if (editing === undefined) send(content);
      else sendEdit(content, editing);
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
    setText(drafts.read(draftKey));
  };

  const handleInput = (value: string) => {
    setText(value);
    setProblem(undefined);
    if (editing !== undefined) return drafts.writeEdit(draftKey, { ...editing, text: value });
    drafts.write(draftKey, value);
    if (!isBlank(value)) conversation.typing();
  };

  const handleKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey) submit();
    else if (event.key === "Escape" && editing !== undefined) drafts.endEdit(draftKey);
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
          <button
            type="button"
            class="plain"
            aria-label="Stop editing"
            onClick={() => drafts.endEdit(draftKey)}
          >
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
            dir="auto"
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
