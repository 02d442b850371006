import * as bill from "./bill-page.ts";
import * as capacity from "./capacity-page.ts";
import type { Parts } from "./regenerate.ts";

/** Pages with generated parts, by their path in the repository. */
export const PAGES: Readonly<Record<string, Parts>> = {
  "docs/cost.md": {
    bills: bill.billTable,
    lines: bill.lineTable,
    differences: bill.sensitivityTable,
    idle: bill.idleTable,
    modes: bill.modeTable,
    inputs: bill.inputTable,
    assumptions: bill.assumptionTable,
  },
  "docs/scaling.md": {
    order: capacity.quotaTable,
    sizes: capacity.utilizationTable,
    raises: capacity.raiseTable,
    storm: capacity.reconnectTable,
    single: capacity.singleKeyTable,
  },
};
