import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readArguments, USAGE, UsageError } from "./cost/arguments.ts";
import { computeBill } from "./cost/bill.ts";
import { formatNumber, formatUsd, textColumns } from "./cost/markdown.ts";
import type { PriceList } from "./cost/price-list.ts";
import { PRICES } from "./cost/prices/us-east-1.ts";

// npm run bill: prints a month's bill. docs/cost.md shows it for four sizes.

async function priceList(file: string | undefined): Promise<PriceList> {
  if (file === undefined) return PRICES;
  const module = (await import(pathToFileURL(resolve(file)).href).catch((error: unknown) => {
    throw new UsageError(`--prices: cannot read ${file} (${error}).`);
  })) as { PRICES?: PriceList };
  if (module.PRICES === undefined) throw new UsageError(`--prices: ${file} must export PRICES.`);
  return module.PRICES;
}

try {
  const args = readArguments(process.argv.slice(2));
  if (args === "help") {
    console.log(USAGE);
  } else {
    const prices = await priceList(args.prices);
    const bill = computeBill(args.traffic, prices, args.freeTier);
    if (args.json) {
      console.log(JSON.stringify({ region: prices.region, traffic: args.traffic, ...bill }, undefined, 2));
    } else {
      const rows = bill.lines.map((line) => [
        `${line.service}: ${line.unit}`,
        formatNumber(line.units, line.units < 1000 ? 1 : 0),
        formatUsd(line.usd),
        prices.prices[line.item].checked === "unconfirmed" ? "price unconfirmed" : "",
      ]);
      console.log(
        textColumns([["A month", "units", "US$", ""], ...rows, ["Total", "", formatUsd(bill.usd), ""]]),
      );
      const perUser = bill.usd / args.traffic.users;
      const perMillion = bill.usd / (bill.messages / 1e6);
      if (args.traffic.users > 0) console.log(`\nUS$ ${perUser.toFixed(4)} for each connected user`);
      if (bill.messages > 0)
        console.log(`US$ ${formatUsd(perMillion)} for a million messages sent, everything included`);
    }
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
