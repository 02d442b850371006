import { Signal } from "./signal.ts";

/** Is the panel shown that tells what happens? */
export const isInspectorOpen = new Signal(false);

/** The id of the entry whose way it tells; undefined: the newest that was sent here. */
export const selectedMessage = new Signal<string | undefined>(undefined);
