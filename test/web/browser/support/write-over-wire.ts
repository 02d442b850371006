import { connect, text } from "../../../e2e/support/target.ts";
import type { WebApp } from "./web-app.ts";

/** Sends numbered messages over the wire, as a program would. */
export async function writeOverWire(
  { target }: WebApp,
  from: string,
  to: string,
  count: number,
  textOf = (number: number) => `number ${number}`,
): Promise<void> {
  const wire = await connect(target, from);
  for (let start = 1; start <= count; start += 25) {
    const entries = Array.from({ length: Math.min(25, count - start + 1) }, (_, index) =>
      text(textOf(start + index)),
    );
    wire.send({ type: "send", to: { user: to }, entries });
    const last = entries.at(-1)?.id;
    await wire.next("ack", (ack) => ack.entries.some(({ id }) => id === last));
  }
  await wire.close();
}
