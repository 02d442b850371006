import { order, raises, single, sizes, storm } from "./cost/capacity-page.ts";

// npm run capacity: what docs/scaling.md says, for the traffic of bench/cost/traffic.ts.

for (const part of [order, sizes, raises, storm, single]) console.log(`${part()}\n`);
