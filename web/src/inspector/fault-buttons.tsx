import { useEffect, useState } from "preact/hooks";
import type { Fault, FaultState } from "../../../wiring/hops.ts";
import { useChat } from "../state/context.ts";
import type { LoggedFrame } from "../state/frame-log.ts";

/** The state is polled, because other tabs can cause faults too. */
const POLL_INTERVAL_MS = 2_000;

/** Buttons that cause faults in the embedded cloud, to see that nothing is lost. */
export function FaultButtons({ frames }: { frames: readonly LoggedFrame[] }) {
  const { user } = useChat();
  const [state, setState] = useState<FaultState>();

  useEffect(() => {
    const poll = () => void request().then((found) => found !== undefined && setState(found));
    poll();
    const timer = setInterval(poll, POLL_INTERVAL_MS);
    return () => clearInterval(timer);
  }, []);

  const inject = (fault: Fault) =>
    void request(fault).then((found) => found !== undefined && setState(found));
  const currentUrl = frames.findLast(({ event }) => event === "opened")?.url;

  return (
    <section aria-label="Break something">
      <h3>Break something</h3>
      <div class="faults">
        <button type="button" onClick={() => inject({ fault: "drop-sockets", user })}>
          Drop my socket
        </button>
        {state?.gateways.map(({ name, url, running }) => (
          <button
            type="button"
            key={name}
            onClick={() => inject({ fault: running ? "stop-gateway" : "start-gateway", gateway: name })}
          >
            {running ? "Stop" : "Start"} gateway {name}
            {running && currentUrl?.startsWith(url) && " (yours)"}
          </button>
        ))}
        <button
          type="button"
          disabled={state?.writerWillCrash}
          onClick={() => inject({ fault: "crash-writer" })}
        >
          {state?.writerWillCrash
            ? "The next message crashes its function"
            : "Crash the function that appends"}
        </button>
      </div>
      <p class="hint">
        Keep writing meanwhile. Whatever you break, nothing is lost and nothing arrives twice.
      </p>
    </section>
  );
}

/** Reads the fault state, or causes a fault first. Undefined if the cloud does not answer. */
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
