import { ASSUMED } from "./assumptions.ts";
import { averageLoad, monthlyUnits } from "./load.ts";
import { costUsd, ITEMS, type Item, type PriceList, type Units } from "./price-list.ts";
import type { Traffic } from "./traffic.ts";

interface BillLine {
  readonly item: Item;
  readonly service: string;
  readonly unit: string;
  /** Units used in a month. */
  readonly units: number;
  readonly usd: number;
}

export interface Bill {
  readonly lines: readonly BillLine[];
  /** US dollars in a month. */
  readonly usd: number;
  /** US dollars for Cognito in a month. A deployment with its own issuer does not pay this. */
  readonly signInUsd: number;
  /** Messages that users send in a month. */
  readonly messages: number;
}

export function computeBill(traffic: Traffic, { prices }: PriceList, withFreeTier = false): Bill {
  const load = averageLoad(traffic);
  const units: Units = monthlyUnits(traffic, load);
  const lines = ITEMS.map((item): BillLine => {
    const { service, unit } = prices[item];
    return { item, service, unit, units: units[item], usd: costUsd(prices[item], units[item], withFreeTier) };
  });
  const usd = lines.reduce((sum, line) => sum + line.usd, 0);
  const signInUsd = lines.find(({ item }) => item === "activeUsers")?.usd ?? 0;
  return { lines, usd, signInUsd, messages: load.messages * ASSUMED.hoursPerMonth * 3600 };
}

/** Returns dollars by service, in the order of the lines. */
export function byService({ lines }: Bill): ReadonlyMap<string, number> {
  const services = new Map<string, number>();
  for (const { service, usd } of lines) services.set(service, (services.get(service) ?? 0) + usd);
  return services;
}
