/**
 * Measures the initialization of `send` at a cold start: `npm run bench:init`. Compare ratios only: Lambda's CPU is another
 * one, and it also fetches the code.
 */
import { bundleFunctions } from "../wiring/bundle.ts";
import { describeInit, measureInit } from "./init/measure-init.ts";

bundleFunctions();
console.log(describeInit(measureInit()));
