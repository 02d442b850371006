import { Cell } from "../state/signal.ts";

/** Is the panel shown that tells what happens? */
export const panelIsOpen = new Cell(false);

/** The id of the entry whose way it tells; undefined: the newest that was sent here. */
export const chosenMessage = new Cell<string | undefined>(undefined);
