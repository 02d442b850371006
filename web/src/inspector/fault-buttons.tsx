import { useEffect, useState } from "preact/hooks";
import type { Fault, FaultState } from "../../../wiring/hops.ts";
import { useChat } from "../state/context.ts";
import type { LoggedFrame } from "../state/frame-log.ts";

/** Somebody else may have broken something. */
const LOOK_AGAIN_MS = 2_000;

/** What can be broken, to see that nothing is lost. */
export function FaultButtons({ frames }: { frames: readonly LoggedFrame[] }) {
  const { user } = useChat();
  const [state, setState] = useState<FaultState>();

  useEffect(() => {
    const look = () => void request().then((found) => found !== undefined && setState(found));
    look();
    const timer = setInterval(look, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);

  const cause = (fault: Fault) => void request(fault).then((found) => found !== undefined && setState(found));
  const here = frames.findLast(({ what }) => what === "opened")?.url;

  return (
    <section aria-label="Break something">
      <h3>Break something</h3>
      <div class="faults">
        <button type="button" onClick={() => cause({ fault: "drop-sockets", user })}>
          Drop my socket
        </button>
        {state?.gateways.map(({ name, url, running }) => (
          <button
            type="button"
            key={name}
            onClick={() => cause({ fault: running ? "stop-gateway" : "start-gateway", gateway: name })}
          >
            {running ? "Stop" : "Start"} gateway {name}
            {running && here?.startsWith(url) && " (yours)"}
          </button>
        ))}
        <button
          type="button"
          disabled={state?.commitWillCrash}
          onClick={() => cause({ fault: "crash-commit" })}
        >
          {state?.commitWillCrash ? "commit will crash at the next message" : "Crash the commit function"}
        </button>
      </div>
      <p class="hint">Write on meanwhile. Whatever is broken, nothing is lost and nothing comes twice.</p>
    </section>
  );
}

/** Undefined: nobody is there to answer. */
async function request(fault?: Fault): Promise<FaultState | undefined> {
  try {
    const response = await fetch(
      "local/faults",
      fault === undefined
        ? {}
        : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fault) },
    );
    return response.ok ? ((await response.json()) as FaultState) : undefined;
  } catch {
    return undefined;
  }
}
