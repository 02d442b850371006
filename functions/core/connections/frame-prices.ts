import type { ClientFrame, CommandType, ErrorFrame, SyncFrame, SyncResult } from "../../../protocol/index.ts";

/** Units that a frame takes from its connection's budget: a number, or what follows from the frame. */
type Price<F> = number | ((frame: F) => number);

/** Presence of one user: up to three consistent reads. */
const USERS_PER_UNIT = 8;
/** A user who is watched: a row written, later another deleted. */
const WATCHED_USERS_PER_UNIT = 4;
/** Heads and rows that a page of `sync` reads. */
const ROWS_PER_UNIT = 100;
/** Rows that the creation of a group writes. */
const MEMBERS_PER_UNIT = 4;

type Prices<T extends ClientFrame["type"]> = {
  readonly [K in T]: Price<Extract<ClientFrame, { readonly type: K }>>;
};

/** Price of a command that has none of its own: two reads, like a page of history. */
const COMMAND_PRICE = 2;

type FramePrices = Prices<Exclude<ClientFrame["type"], CommandType>> & Partial<Prices<CommandType>>;

/**
 * Price of each frame type. A unit is about what a `ping` costs: a message in, an invocation, a read and a message out.
 * A type that is no command does not compile without a price.
 */
export const FRAME_PRICES: FramePrices = {
  ping: 1,
  send: ({ entries }) => entries.length,
  create: ({ members }) => 1 + Math.ceil(members.length / MEMBERS_PER_UNIT),
  block: 2,
  unblock: 2,
  read: 1,
  delivered: 1,
  typing: 1,
  mute: 1,
  keep: 1,
  history: 2,
  members: 2,
  receipts: 4,
  // The rest is charged when it is known what was read: `syncedPrice`.
  sync: 2,
  presence: ({ users, watch }) =>
    1 +
    Math.ceil(users.length / USERS_PER_UNIT) +
    (watch ? Math.ceil(users.length / WATCHED_USERS_PER_UNIT) : 0),
};

/** Price of whatever is not a frame, and of a frame after its token has expired. */
const REFUSED_PRICE = 1;

/** Price of a frame, known before anything is done for it. */
export function priceOf(frame: ClientFrame | ErrorFrame): number {
  if (frame.type === "error") return REFUSED_PRICE;
  // The table has each type's own function; TypeScript does not follow that through an index.
  const price = (FRAME_PRICES[frame.type] ?? COMMAND_PRICE) as Price<ClientFrame>;
  return typeof price === "number" ? price : price(frame);
}

/** Further price of an answered `sync`: for the conversations it went through, and the receipts it read. */
export function syncedPrice({ cursors }: SyncFrame, { conversations }: SyncResult): number {
  const listed = Math.max(Object.keys(cursors).length, conversations.length);
  const receipts = conversations.reduce((sum, { receipts: { length } = [] }) => sum + length, 0);
  return Math.ceil((listed + receipts) / ROWS_PER_UNIT);
}
