import type { Hop } from "../../../wiring/hops.ts";
import { Signal } from "../state/signal.ts";

const MAX_HOPS = 2_000;

/** Feed of the newest 2000 hops that the embedded cloud reports while it is listened to. */
export class TraceFeed {
  readonly hops = new Signal<readonly Hop[]>([]);
  #source: EventSource | undefined;

  /** Starts to listen. Returns a function that stops. */
  listen(): () => void {
    const source = new EventSource("local/hops");
    this.#source?.close();
    this.#source = source;
    source.onmessage = ({ data }) => {
      const hop = JSON.parse(data as string) as Hop;
      const previous = this.hops.getSnapshot();
      // A cloud that was restarted counts from the beginning.
      const kept = (previous.at(-1)?.id ?? 0) >= hop.id ? [] : previous.slice(1 - MAX_HOPS);
      this.hops.set([...kept, hop]);
    };
    return () => source.close();
  }
}
