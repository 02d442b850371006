import { PulseIcon } from "../components/ui/icons.tsx";
import { useObservable } from "../hooks/use-observable.ts";
import { isInspectorOpen } from "../state/inspector.ts";

/** Button that shows and hides the inspector. */
export function InspectorToggle() {
  const isOpen = useObservable(isInspectorOpen);
  return (
    <button
      type="button"
      class="inspector-toggle"
      aria-expanded={isOpen}
      onClick={() => isInspectorOpen.set(!isOpen)}
    >
      <PulseIcon />
      What happens
    </button>
  );
}
