import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";
import { Dialog } from "./ui/dialog.tsx";

/** Asks the user to confirm an action that cannot be undone. */
export function ConfirmDialog() {
  const { confirmation } = useChat();
  const request = useObservable(confirmation);
  if (request === undefined) return null;
  const close = () => confirmation.set(undefined);
  return (
    <Dialog title={request.title} onClose={close}>
      <p>{request.consequence}</p>
      <div class="dialog-actions">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          class="danger"
          onClick={() => {
            close();
            request.onConfirm();
          }}
        >
          {request.confirmLabel}
        </button>
      </div>
    </Dialog>
  );
}
