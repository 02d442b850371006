import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";

/** An alarm with a heading of the same name in docs/runbook.md. Values at or above the threshold breach it. */
export interface AlarmSpec {
  /** Name in kebab case, without the stack's name, which becomes its prefix. */
  readonly name: string;
  /** Suffix that distinguishes alarms that share a heading. */
  readonly part?: string;
  /** Effect on users, in a sentence that helps operators who cannot open the runbook. */
  readonly impact: string;
  /** The first place to look, in one sentence. */
  readonly firstCheck: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Number of recent periods that must breach: `[3, 5]` is three of the last five. */
  readonly breachedPeriods: readonly [periods: number, of: number];
}
