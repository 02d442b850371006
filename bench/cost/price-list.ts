/** A volume and what a unit of it costs; the last tier has no end. */
interface Tier {
  /** In units of the item. */
  readonly upTo?: number;
  /** US dollars for `Price.per` units. */
  readonly usd: number;
}

export interface Price {
  readonly service: string;
  /** What is counted, in the plural. */
  readonly unit: string;
  readonly per: number;
  readonly tiers: readonly Tier[];
  /** Units a month that are free without end; what is free for a year only is not here. */
  readonly free: number;
  /** The pricing page whose figure it is, below aws.amazon.com. */
  readonly page: string;
  /**
   * How far the figure was checked. `page`: read on a stored copy of the page, or of AWS's documentation. `second-hand`:
   * found with others who quote the page. `unconfirmed`: believed, found nowhere.
   */
  readonly checked: "page" | "second-hand" | "unconfirmed";
}

/** What a bill is made of; load.ts says how many of each. */
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
  /** When the figures were last looked at. */
  readonly readOn: string;
  readonly prices: Readonly<Record<Item, Price>>;
}

/** Dollars for so many units. */
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
