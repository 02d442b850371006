import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";

/** An alarm, with a heading of the same name in docs/runbook.md. It is breached at the threshold, and above. */
export interface AlarmSpec {
  /** In kebab case; the stack's name goes before it. */
  readonly name: string;
  /** Tells alarms apart that share a heading. */
  readonly part?: string;
  /** What users feel: a sentence that helps whoever cannot open the runbook. */
  readonly impact: string;
  /** Where to look first: another one. */
  readonly firstCheck: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** How many of the last periods must be breached: `[3, 5]` is three of five. */
  readonly breachedPeriods: readonly [periods: number, of: number];
}
