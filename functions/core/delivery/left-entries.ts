import type { EntriesDelivery } from "../../ports/topics.ts";

/** Small enough that few are pushed to again because of one that cannot be reached. */
const CONNECTIONS_PER_DELIVERY = 25;

/** Merges what is left of one conversation for each connection into one delivery. */
export function mergedByConnection(left: readonly EntriesDelivery[]): EntriesDelivery[] {
  const ofConnections = Map.groupBy(left, ({ targets }) => targets[0]?.connection);
  return [...ofConnections.values()].flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    return [{ ...first, seqs: [first, ...more].flatMap(({ seqs }) => seqs) }];
  });
}

/** Like {@link mergedByConnection}, with connections that lack the same in one delivery, so that it is read once. */
export function mergedByContent(left: readonly EntriesDelivery[]): EntriesDelivery[] {
  const alike = Map.groupBy(mergedByConnection(left), ({ seqs, joined }) => `${joined === true} ${seqs}`);
  return [...alike.values()].flatMap((deliveries) => {
    const [first] = deliveries;
    if (first === undefined) return [];
    return chunks(deliveries.flatMap(({ targets }) => targets)).map((targets) => ({ ...first, targets }));
  });
}

function chunks<Item>(items: readonly Item[]): Item[][] {
  const count = Math.ceil(items.length / CONNECTIONS_PER_DELIVERY);
  return Array.from({ length: count }, (_, index) =>
    items.slice(index * CONNECTIONS_PER_DELIVERY, (index + 1) * CONNECTIONS_PER_DELIVERY),
  );
}
