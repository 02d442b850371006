/** A price tier. The last tier has no upper bound. */
interface Tier {
  /** Upper bound in units of the item. */
  readonly upTo?: number;
  /** US dollars for `Price.per` units. */
  readonly usd: number;
}

export interface Price {
  readonly service: string;
  /** The counted unit, in the plural. */
  readonly unit: string;
  readonly per: number;
  readonly tiers: readonly Tier[];
  /** Units per month in the always-free tier, without offers limited to the first year. */
  readonly free: number;
  /** Path of the pricing page below aws.amazon.com. */
  readonly page: string;
  /**
   * Confidence in the figure. `page`: read on a stored copy of the page or of AWS's documentation. `second-hand`: quoted
   * from the page by others. `unconfirmed`: believed, but found nowhere.
   */
  readonly checked: "page" | "second-hand" | "unconfirmed";
}

/** Items of a bill. load.ts computes the units of each. */
export const ITEMS = [
  "gatewayMessages",
  "connectionMinutes",
  "lambdaRequests",
  "lambdaGbSeconds",
  "fifoPublishes",
  "fifoPublishedGb",
  "fifoDeliveries",
  "fifoDeliveredGb",
  "standardPublishes",
  "fifoRequests",
  "standardRequests",
  "writeUnits",
  "readUnits",
  "storedGb",
  "backupGb",
  "lambdaLogGb",
  "accessLogGb",
  "keptLogGb",
  "metrics",
  "alarms",
  "dashboards",
  "traces",
  "transferGb",
  "activeUsers",
] as const;

export type Item = (typeof ITEMS)[number];
export type Units = Readonly<Record<Item, number>>;

export interface PriceList {
  readonly region: string;
  /** Date on which the figures were last checked. */
  readonly readOn: string;
  readonly prices: Readonly<Record<Item, Price>>;
}

/** Returns the price of a number of units in US dollars. */
export function costUsd({ tiers, per, free }: Price, units: number, withFreeTier: boolean): number {
  let left = Math.max(0, units - (withFreeTier ? free : 0));
  let below = 0;
  let usd = 0;
  for (const { upTo = Number.POSITIVE_INFINITY, usd: each } of tiers) {
    const within = Math.min(left, upTo - below);
    usd += (within / per) * each;
    left -= within;
    below = upTo;
  }
  return usd;
}
