import { useObservable } from "../hooks/use-observable.ts";
import { useChat } from "../state/context.ts";
import { CloseIcon } from "./ui/icons.tsx";

/** What went wrong and is nowhere else to be seen. */
export function Toast() {
  const { notice } = useChat();
  const text = useObservable(notice);
  return (
    <div class="notice" role="alert">
      {text !== undefined && (
        <p>
          {text}
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => notice.set(undefined)}>
            <CloseIcon />
          </button>
        </p>
      )}
    </div>
  );
}
