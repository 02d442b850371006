import type { OperationCost } from "../../../bench/cost/operation-costs.ts";
import type { IngestMode } from "../../../wiring/manifest.ts";
import { type Embedded, startEmbedded } from "../../e2e/support/embedded.ts";
import { type AwsCall, AwsTap } from "../../support/aws/aws-tap.ts";
import { eventually } from "../../support/eventually.ts";
import { pendingIn } from "../../support/pending.ts";

/** Call that reads a lane's depth. Made every five seconds regardless of traffic, in parallel with the publish. */
export const DEPTH = "GetQueueAttributes";

export const isWrite = ({ operation }: AwsCall) => /^(Put|Update|Delete|TransactWrite)/.test(operation);
export const units = (calls: readonly AwsCall[]) => calls.reduce((sum, call) => sum + call.units, 0);
export const names = (calls: readonly AwsCall[]) =>
  calls.map(({ operation, subject }) => `${operation} ${subject}`.trim()).filter((name) => name !== DEPTH);
export const countCost = (calls: readonly AwsCall[]): OperationCost => ({
  calls: names(calls).sort(),
  write: units(calls.filter(isWrite)),
  read: units(calls.filter((call) => !isWrite(call))),
});

/** An embedded cloud whose functions' calls are counted. */
export interface CountedCloud {
  readonly embedded: Embedded;
  readonly tap: AwsTap;
  /** Waits until the queues are empty and every call has been answered. */
  idle(): Promise<void>;
  /** Counts the calls from the first frame of `act` until all is idle. `done` must return true only after the last effect. */
  costOf(act: () => Promise<unknown>, done?: () => boolean): Promise<OperationCost>;
  stop(): Promise<void>;
}

export async function startCountedCloud(ingest: IngestMode): Promise<CountedCloud> {
  const tap = new AwsTap();
  // Long enough that no departure of an earlier test is handled in a later one.
  const embedded = await startEmbedded({ interpose: tap.interpose, ingest, presenceGraceSeconds: 900 });
  const idle = async () =>
    void (await eventually("the queues to be empty and every call answered", () => {
      return pendingIn(embedded.cloud) === 0 && tap.calls.every(({ status }) => status !== undefined);
    }));
  return {
    embedded,
    tap,
    idle,
    async costOf(act, done = () => true) {
      await idle();
      tap.clear();
      await act();
      await eventually("its last effect", done);
      await idle();
      return countCost(tap.calls);
    },
    async stop() {
      await embedded.cloud.stop();
      await tap.stop();
    },
  };
}
