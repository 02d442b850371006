import { connect, text } from "../../../e2e/support/target.ts";
import type { WebApp } from "./web-app.ts";

/** Most entries in a frame. */
const FRAME_ENTRIES = 25;
/** Texts that are longer have a frame of their own. */
const LONG_TEXT = 500;

/** Sends texts over the wire, as a program would. */
export async function sendTexts(
  app: WebApp,
  from: string,
  to: { readonly user: string },
  texts: readonly string[],
): Promise<void> {
  const wire = await connect(app.target, from);
  for (let start = 0, end = 0; start < texts.length; start = end) {
    const isShort = (one: string | undefined) => one !== undefined && one.length <= LONG_TEXT;
    do end += 1;
    while (end < start + FRAME_ENTRIES && isShort(texts[end - 1]) && isShort(texts[end]));
    const entries = texts.slice(start, end).map((one) => text(one));
    wire.send({ type: "send", to, entries });
    const last = entries.at(-1)?.id;
    await wire.next("ack", (ack) => ack.entries.some(({ id }) => id === last));
  }
  await wire.close();
}
