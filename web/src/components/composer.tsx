import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Conversation, ProtocolError } from "../../../client/src/index.ts";
import { useChat } from "../state/context.ts";
import { CloseIcon, SendIcon } from "./ui/icons.tsx";

export interface ComposerProps {
  readonly conversation: Conversation;
  readonly draftKey: string;
  readonly label: string;
  /** The message that is being edited in place of writing a new one. */
  readonly edited: { readonly seq: number; readonly text: string } | undefined;
  /** The edit is sent, or given up. */
  readonly onEdited: () => void;
  readonly onEditLast: (() => void) | undefined;
}

/** Where one writes: Enter sends, Shift+Enter is a new line, ↑ in an empty field edits the last message. */
export function Composer(props: ComposerProps) {
  const { conversation, draftKey, label, edited, onEdited, onEditLast } = props;
  const { drafts, sent } = useChat();
  const [text, setText] = useState(() => drafts.read(draftKey));
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);

  // Another message to edit, not another text of it.
  useLayoutEffect(() => {
    setText(edited?.text ?? drafts.read(draftKey));
    setProblem(undefined);
    if (edited !== undefined || matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, [edited?.seq]);

  // The height follows from the text.
  useLayoutEffect(() => {
    const area = field.current;
    if (area === null) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const submit = () => {
    const said = text.trim();
    if (said === "") return;
    try {
      if (edited === undefined) conversation.send(said);
      else if (said !== edited.text) conversation.edit(edited.seq, said);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      setProblem(
        error.code === "too_large"
          ? "Too long: a message has at most about 16 000 characters."
          : error.message,
      );
      return;
    }
    sent();
    // The button that was pressed has nothing to do any more.
    field.current?.focus();
    setProblem(undefined);
    setText("");
    if (edited === undefined) drafts.write(draftKey, "");
    else onEdited();
  };

  const typed = (value: string) => {
    setText(value);
    setProblem(undefined);
    if (edited !== undefined) return;
    drafts.write(draftKey, value);
    if (value.trim() !== "") conversation.typing();
  };

  const pressed = (event: KeyboardEvent) => {
    // An input method finishes a word by Enter.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) submit();
    else if (event.key === "Escape" && edited !== undefined) onEdited();
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
      {edited !== undefined && (
        <p class="editing">
          Editing your message
          <button type="button" class="plain" aria-label="Stop editing" onClick={onEdited}>
            <CloseIcon />
          </button>
        </p>
      )}
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <div class="line">
        <textarea
          ref={field}
          rows={1}
          aria-label={label}
          placeholder="Write a message"
          enterkeyhint="send"
          value={text}
          onInput={(event) => typed(event.currentTarget.value)}
          onKeyDown={pressed}
        />
        <button type="submit" class="send" aria-label="Send" disabled={text.trim() === ""}>
          <SendIcon />
        </button>
      </div>
    </form>
  );
}
