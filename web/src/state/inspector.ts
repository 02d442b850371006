import { Signal } from "./signal.ts";

/** True while the inspector is shown. */
export const isInspectorOpen = new Signal(false);

/** Id of the entry that the inspector traces; undefined for the newest sent from this tab. */
export const selectedMessage = new Signal<string | undefined>(undefined);
