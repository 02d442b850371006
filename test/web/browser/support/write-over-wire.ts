import type { Cloud } from "../../../../local/cloud-options.ts";
import { connect, text } from "../../../e2e/support/target.ts";

/** Sends numbered messages over the wire, as a program would. */
export async function writeOverWire(
  cloud: Cloud,
  from: string,
  to: string,
  count: number,
  textOf = (number: number) => `number ${number}`,
): Promise<void> {
  const mintToken = async (user: string) => {
    const response = await fetch(`${cloud.url}/token`, { method: "POST", body: JSON.stringify({ user }) });
    return ((await response.json()) as { token: string }).token;
  };
  const urls = cloud.gateways.map(({ url }) => url);
  const wire = await connect({ urls, mintToken, lacks: {} }, from);
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
