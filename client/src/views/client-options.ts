import type { CoreOptions } from "../api/options.ts";

export interface ClientOptions extends CoreOptions {
  /**
   * Whether senders are told that their entries have arrived here, about a frame a second and conversation. Reading
   * is told by `markRead` alone.
   * @default true
   */
  readonly delivered?: boolean;
}
