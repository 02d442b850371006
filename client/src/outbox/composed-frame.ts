import type { SendFrame } from "../../../protocol/index.ts";
import type { EncodedFrame } from "../connection/connection.ts";

/** The conversation a frame writes to: by its id, the direct one with a user, or a group that this very frame creates. */
export type FrameTarget =
  | { readonly conversation: string }
  | { readonly to: { readonly user: string } }
  | { readonly create: true };

/** The position in the log that this device held when a frame was composed. */
export type Seen = NonNullable<SendFrame["seen"]>;

/** A frame that may have been sent: from here on it only ever travels as this text. */
export interface ComposedFrame extends EncodedFrame {
  readonly seen: Seen;
  /** Left by an earlier client: its entries may have come out of the log before this client knew that they are its own. */
  readonly isAdopted: boolean;
}
