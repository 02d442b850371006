import type { Seen } from "../outbox/compose-frame.ts";

/** A frame that may have been sent: from here on it only ever travels as this text. */
export interface ComposedFrame {
  readonly text: string;
  readonly ids: readonly string[];
  readonly seen: Seen;
  /** Left by another: what was met in the log before it came here was not known to be one's own. */
  readonly isAdopted: boolean;
}
