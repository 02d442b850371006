import { withoutBidiControls } from "../../../client/src/ui.ts";
import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";
import { CloseIcon } from "./ui/icons.tsx";

/** Shows errors and notes that appear nowhere else, until the user dismisses them. */
export function Toast() {
  const { toast } = useChat();
  const text = useObservable(toast);
  return (
    <div class="toast" role="alert">
      {text !== undefined && (
        <p>
          {withoutBidiControls(text)}
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => toast.set(undefined)}>
            <CloseIcon />
          </button>
        </p>
      )}
    </div>
  );
}
