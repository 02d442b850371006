import {
  quotaTable,
  raiseTable,
  reconnectTable,
  singleKeyTable,
  utilizationTable,
} from "./cost/capacity-page.ts";

// npm run capacity: prints the tables of docs/scaling.md for the traffic of bench/cost/traffic.ts.

for (const part of [quotaTable, utilizationTable, raiseTable, reconnectTable, singleKeyTable])
  console.log(`${part()}\n`);
