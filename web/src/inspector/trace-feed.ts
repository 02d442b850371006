import type { Hop } from "../../../wiring/hops.ts";
import { Signal } from "../state/signal.ts";

const KEPT = 2_000;

/** What the embedded cloud tells of messages, while somebody listens. */
export class TraceFeed {
  readonly hops = new Signal<readonly Hop[]>([]);
  #source: EventSource | undefined;

  /** Returns how to stop. */
  listen(): () => void {
    const source = new EventSource("local/hops");
    this.#source?.close();
    this.#source = source;
    source.onmessage = ({ data }) => {
      const hop = JSON.parse(data as string) as Hop;
      const before = this.hops.getSnapshot();
      // A cloud that was started anew counts anew.
      const kept = (before.at(-1)?.id ?? 0) >= hop.id ? [] : before.slice(1 - KEPT);
      this.hops.set([...kept, hop]);
    };
    return () => source.close();
  }
}
