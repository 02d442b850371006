import { connect, text } from "../../../e2e/support/target.ts";
import { eventually } from "../../../support/eventually.ts";
import type { WebApp } from "./web-app.ts";

/** A user without a browser, who writes over the wire as a program does. */
export class WireUser {
  readonly name: string;
  readonly #wire: Awaited<ReturnType<typeof connect>>;

  constructor(name: string, wire: Awaited<ReturnType<typeof connect>>) {
    this.name = name;
    this.#wire = wire;
  }

  static async connect({ target }: WebApp, name: string): Promise<WireUser> {
    return new WireUser(name, await connect(target, name));
  }

  /** Sends messages to a user, and waits until they are in the log. */
  async writes(to: string, ...texts: readonly string[]): Promise<void> {
    for (let start = 0; start < texts.length; start += 25) {
      const entries = texts.slice(start, start + 25).map((message) => text(message));
      const last = entries.at(-1)?.id;
      this.#wire.send({ type: "send", to: { user: to }, entries });
      await this.#wire.next("ack", (ack) => ack.entries.some(({ id }) => id === last));
    }
  }

  /** Waits for a message, and returns the texts of all that have come until then, each once. */
  async receives(last: string): Promise<string[]> {
    const texts = () => {
      const entries = this.#wire.all("entries").flatMap((frame) => frame.entries);
      return [...new Map(entries.map(({ id, body }) => [id, (body as { text: string }).text])).values()];
    };
    await eventually(last, () => texts().includes(last), { timeoutMs: 15_000 });
    return texts();
  }

  async close(): Promise<void> {
    await this.#wire.close();
  }
}
