import type { ChannelName, FunctionName } from "../wiring/manifest.ts";
import type { WebPageConfig } from "../wiring/web-page.ts";
import type { QueueDepth } from "./messaging/messaging.ts";

export type InterposedService = "dynamodb" | "sns" | "sqs" | "management";

export interface CloudOptions {
  /** HTTP port of the cloud; its gateways listen on the ports after it. 0: any. @default 0 */
  readonly port?: number | undefined;
  /** Gateways to start, named A, B, … @default 2 */
  readonly gateways?: number | undefined;
  /** Everything is kept in this folder. Undefined: in memory, nothing on disk. */
  readonly dataDir?: string | undefined;
  /** @default "eu-central-1" */
  readonly region?: string | undefined;
  /** Every client frame is handed on after a random delay of up to so much, so that frames overtake each other. @default 0 */
  readonly frameJitterMs?: number | undefined;
  /** @default 600000 */
  readonly idleTimeoutMs?: number | undefined;
  /** @default 7200000 */
  readonly connectionDurationMs?: number | undefined;
  /** How long a user without connections counts as online. @default 15, the delay of the presence queue */
  readonly presenceGraceSeconds?: number | undefined;
  /** The least epoch of conversations. @default 1 */
  readonly epochFloor?: number | undefined;
  /** Events for other consumers of the outbound topic. @default as deployed */
  readonly events?: readonly string[] | undefined;
  /** Origins of the web pages that may connect. @default none: all may */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** @default 0: for ever */
  readonly retentionDays?: number | undefined;
  /** Queues that share the frames, by conversation: 1, 2, 4, 8 or 16. @default 1 */
  readonly lanes?: number | undefined;
  /** Records in a lane beyond which `send` takes no more. @default as deployed */
  readonly admissionDepth?: number | undefined;
  /**
   * Receives after which a record is a dead letter, or a dead letter is parked: counted from the first, so that of
   * the dead letters must be more. @default as deployed
   */
  readonly maxReceiveCount?: Partial<Record<ChannelName | "entriesDeadLetters", number>> | undefined;
  /** Invocations at the same time, by function; also the batches in parallel of its queue. */
  readonly workers?: Partial<Record<FunctionName, number>> | undefined;
  /** When a batch whose function failed is tried again. @default 1000 */
  readonly errorRetryDelayMs?: number | undefined;
  /** Of the functions: DEBUG, INFO, WARN or ERROR. @default "INFO" */
  readonly logLevel?: "DEBUG" | "INFO" | "WARN" | "ERROR" | undefined;
  /** Gets every line a function writes. @default stderr, when there is no data folder with its log file */
  readonly onLog?: ((functionName: string, line: string) => void) | undefined;
  /** Returns the endpoint the functions get instead of `url`: a proxy that records or breaks calls. */
  readonly interpose?: ((service: InterposedService, url: string) => string | Promise<string>) | undefined;
  /**
   * The configuration of the web page, which is then served (and must have been built), with what it shows and breaks of
   * this cloud: `/local/hops` and `/local/faults`. @default no page
   */
  readonly web?: WebPageConfig | undefined;
  /** Whose tokens open a connection. @default the cloud's own issuer */
  readonly tokens?:
    | { readonly issuer: string; readonly audience: string; readonly userClaim: string }
    | undefined;
  /** What the cloud itself has to say, such as a failed route. @default stderr */
  readonly log?: ((line: string) => void) | undefined;
}

interface CloudGateway {
  readonly name: string;
  /** The same after a stop and start. */
  readonly url: string;
  readonly running: boolean;
  start(): Promise<void>;
  /** Closes its connections with 1001 and runs `$disconnect` for each. */
  stop(): Promise<void>;
}

export interface ChannelResources {
  readonly topicArn: string;
  /** The lanes, in order. */
  readonly queueUrls: readonly string[];
  readonly deadLetterQueueUrl: string;
  /** Of entries only. */
  readonly parkedQueueUrl: string | undefined;
}

/** All lanes together; of the dead letters and parked records those that nobody is working on. */
interface ChannelDepth extends QueueDepth {
  readonly deadLetters: number;
  readonly parked: number;
}

/** Everything Parley uses of AWS, within and below this process. */
export interface Cloud {
  /** HTTP: token issuer, `@connections` and `/healthz`. */
  readonly url: string;
  readonly gateways: readonly CloudGateway[];
  /** The real ones, whatever is interposed for the functions. */
  readonly endpoints: Readonly<Record<InterposedService, string>>;
  readonly resources: {
    readonly table: string;
    readonly channels: Readonly<Record<ChannelName, ChannelResources>>;
  };
  readonly functions: {
    /** The handler's result; rejects with `InvocationError`. */
    invoke(name: FunctionName, event: unknown): Promise<unknown>;
    /** Ends all workers of the function that are busy. */
    crash(name: FunctionName): void;
    /**
     * Its queue is not polled until `resume`; batches under way are finished, direct invocations still work.
     * All lanes, unless one is named.
     */
    pause(name: FunctionName, lane?: number): void;
    resume(name: FunctionName, lane?: number): void;
  };
  readonly queues: {
    /** All messages in flight are visible again now, though someone may still be working on them. */
    expireVisibility(channel: ChannelName): Promise<void>;
    depth(channel: ChannelName): ChannelDepth;
  };
  readonly clock: { advance(ms: number): void; now(): number };
  /** Settles with the reason when a part ended by itself; the cloud is of no use then. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}
