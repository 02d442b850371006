import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";
import { Dialog } from "./ui/dialog.tsx";

/** Asks before something that cannot be undone. */
export function ConfirmDialog() {
  const { question } = useChat();
  const asked = useObservable(question);
  if (asked === undefined) return null;
  const close = () => question.set(undefined);
  return (
    <Dialog title={asked.title} onClose={close}>
      <p>{asked.consequence}</p>
      <div class="answers">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            close();
            asked.confirmed();
          }}
        >
          {asked.action}
        </button>
      </div>
    </Dialog>
  );
}
