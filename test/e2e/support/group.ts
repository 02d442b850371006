import { randomUUID } from "node:crypto";
import type { AckFrame, NewEntry, RejectFrame } from "../../../protocol/index.ts";
import { eventually } from "../../support/eventually.ts";
import type { Wire } from "../../support/wire.ts";

/** Like `Omit`, but keeps a union a union. */
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** Outcome of an entry: its seq, or the code it was refused with. */
export interface Outcome {
  readonly seq: number;
  readonly refused: string | undefined;
}

/** Appends one entry to a conversation and waits for its outcome. */
export async function append(
  wire: Wire,
  conversation: string,
  entry: WithoutId<NewEntry>,
  seen?: [number, number] | 0,
): Promise<Outcome> {
  const id = randomUUID();
  const sent = { ...entry, id } as NewEntry;
  wire.send({ type: "send", conversation, entries: [sent], ...(seen !== undefined && { seen }) });
  return outcomeOf(wire, id);
}

export const write = (wire: Wire, conversation: string, body: string) =>
  append(wire, conversation, { kind: "text", body: { text: body } });

export async function outcomeOf(wire: Wire, id: string): Promise<Outcome> {
  const frame = await eventually(
    "an ack or a reject",
    (): AckFrame | RejectFrame | undefined =>
      wire.all("ack").find(({ entries }) => entries.some((entry) => entry.id === id)) ??
      wire.all("reject").find(({ ids }) => ids.includes(id)),
    { timeoutMs: 15_000 },
  );
  if (frame.type === "reject") return { seq: 0, refused: frame.error.code };
  return { seq: frame.entries.find((entry) => entry.id === id)?.seq ?? 0, refused: undefined };
}

export async function createGroup(
  wire: Wire,
  members: string[],
  options: { title?: string; history?: "joined" | "all"; id?: string } = {},
): Promise<string> {
  const id = options.id ?? randomUUID();
  wire.send({ type: "create", members, ...options, id });
  const ack = await wire.next("ack", ({ entries }) => entries.some((entry) => entry.id === id));
  return ack.conversation;
}
