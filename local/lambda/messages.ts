/** Messages between the runner and its worker threads. Events and results travel as JSON, as in Lambda. */

/** The `workerData` of a worker thread. */
export interface WorkerSetup {
  readonly bundle: string;
  readonly functionName: string;
  readonly memoryMb: number;
  readonly region: string;
  readonly clockOffset: BigInt64Array;
}

export interface InvokeMessage {
  readonly requestId: string;
  readonly eventJson: string;
  readonly timeoutMs: number;
}

export interface FailureDetail {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

export type WorkerMessage =
  | { readonly type: "ready" }
  | { readonly type: "result"; readonly resultJson: string }
  | { readonly type: "failure"; readonly failure: FailureDetail };
