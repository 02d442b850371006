import {
  quotaTable,
  raiseTable,
  reconnectTable,
  singleKeyTable,
  utilizationTable,
} from "./cost/capacity-page.ts";

// npm run capacity: what docs/scaling.md says, for the traffic of bench/cost/traffic.ts.

for (const part of [quotaTable, utilizationTable, raiseTable, reconnectTable, singleKeyTable])
  console.log(`${part()}\n`);
