import * as bill from "./bill-page.ts";
import * as capacity from "./capacity-page.ts";
import type { Parts } from "./page.ts";

/** The pages with generated parts, by their path in the repository. */
export const PAGES: Readonly<Record<string, Parts>> = {
  "docs/cost.md": {
    bills: bill.bills,
    lines: bill.lines,
    differences: bill.differences,
    idle: bill.idle,
    inputs: bill.inputs,
    assumptions: bill.assumptions,
  },
  "docs/scaling.md": {
    order: capacity.order,
    sizes: capacity.sizes,
    raises: capacity.raises,
    storm: capacity.storm,
    single: capacity.single,
  },
};
