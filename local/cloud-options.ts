import type { ChannelName, FunctionName, IngestMode, ThrottleLimits, WhoMayAdd } from "../wiring/manifest.ts";
import type { WebPageConfig } from "../wiring/web-page.ts";
import type { ChannelDepth, ChannelResources, ChannelsOptions } from "./messaging/channels.ts";

export type InterposedService = "dynamodb" | "sns" | "sqs" | "management";

/** A function besides Parley's, behind a route of its own that sends its answers back. */
interface ExtraFunction {
  /** Name of the function and key of its route: the `type` of the frames that it gets. */
  readonly name: string;
  /** Path of a module that exports `handler`. */
  readonly bundle: string;
  readonly memoryMb: number;
  /** Number of invocations that may run at the same time; further ones wait. */
  readonly maxWorkers: number;
}

export interface CloudOptions extends ChannelsOptions {
  /** HTTP port of the cloud; its gateways listen on the ports after it. 0 for any. @default 0 */
  readonly port?: number | undefined;
  /** Number of gateways, named A, B, … @default 2 */
  readonly gateways?: number | undefined;
  /** Folder for all data. @default none: data is in memory only */
  readonly dataDir?: string | undefined;
  /** @default "eu-central-1" */
  readonly region?: string | undefined;
  /** Longest random delay before a client frame is routed, so that frames overtake each other. @default 0 */
  readonly frameJitterMs?: number | undefined;
  /** @default 600000 */
  readonly idleTimeoutMs?: number | undefined;
  /** @default 7200000 */
  readonly connectionDurationMs?: number | undefined;
  /** Rate (per second) and burst of handshakes and frames, all connections together. @default as deployed */
  readonly throttle?: ThrottleLimits | undefined;
  /** Limits by route keys (`$connect`, `send`, …): such a route does not count for `throttle`. @default as in prod */
  readonly routeThrottles?: Readonly<Record<string, ThrottleLimits>> | undefined;
  /** Lowest epoch of conversations. @default 1 */
  readonly epochFloor?: number | undefined;
  /** Events for other consumers of the outbound topic. @default as deployed */
  readonly events?: readonly string[] | undefined;
  /** Origins of the web pages that may connect. @default all */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Days that entries are kept. @default 0, for ever */
  readonly retentionDays?: number | undefined;
  /** Way of a message into its conversation. @default as deployed */
  readonly ingest?: IngestMode | undefined;
  /** Users whom a user may add to groups. @default as deployed */
  readonly whoMayAdd?: WhoMayAdd | undefined;
  /** Number of records in a lane above which `send` accepts no more. @default as deployed */
  readonly admissionDepth?: number | undefined;
  /** Number of parallel invocations of each function, or of parallel batches of each of its queues. */
  readonly workers?: Partial<Record<FunctionName, number>> | undefined;
  /** Functions that a bench compares Parley's with. Their environment has the management endpoint. @default none */
  readonly extraFunctions?: readonly ExtraFunction[] | undefined;
  /** Delay before a batch whose function failed is retried. @default 1000 */
  readonly errorRetryDelayMs?: number | undefined;
  /** Log level of the functions. @default "INFO" */
  readonly logLevel?: "DEBUG" | "INFO" | "WARN" | "ERROR" | undefined;
  /** Called with every line that a function writes. @default stderr, if there is no data folder with a log file */
  readonly onLog?: ((functionName: string, line: string) => void) | undefined;
  /** Returns the endpoint that functions use instead of `url`: a proxy that records or breaks calls. */
  readonly interpose?: ((service: InterposedService, url: string) => string | Promise<string>) | undefined;
  /**
   * Configuration of the web page. The cloud then serves the page, which must have been built, and the sources of its
   * inspector: `/local/hops` and `/local/faults`. @default no page
   */
  readonly web?: WebPageConfig | undefined;
  /** Adds a script to the served page that reloads it after `reloadPage`. @default false */
  readonly liveReload?: boolean | undefined;
  /** Issuer whose tokens open a connection. @default the cloud's own issuer */
  readonly tokens?:
    | { readonly issuer: string; readonly audience: string; readonly userClaim: string }
    | undefined;
  /** Called with the cloud's own messages, such as a failed route. @default stderr */
  readonly log?: ((line: string) => void) | undefined;
}

interface CloudGateway {
  readonly name: string;
  /** Stays the same after a stop and start. */
  readonly url: string;
  readonly running: boolean;
  start(): Promise<void>;
  /** Closes its connections with 1001 and runs `$disconnect` for each. */
  stop(): Promise<void>;
}

/** Everything that Parley uses of AWS, in this process and its children. */
export interface Cloud {
  /** URL of the HTTP server: token issuer, `@connections`, `/healthz`, the web page. */
  readonly url: string;
  readonly gateways: readonly CloudGateway[];
  /** The real endpoints, even if something is interposed for the functions. */
  readonly endpoints: Readonly<Record<InterposedService, string>>;
  readonly resources: {
    readonly table: string;
    readonly channels: Readonly<Record<ChannelName, ChannelResources>>;
  };
  readonly functions: {
    /** Returns the handler's result; rejects with `InvocationError`. */
    invoke(name: FunctionName, event: unknown): Promise<unknown>;
    /** Ends all busy workers of the function. */
    crash(name: FunctionName): void;
    /** Loads the function's bundle again: the next invocation runs it, those under way finish with the old one. */
    reload(name: FunctionName): void;
    /**
     * Stops polling the function's queue until `resume`: all lanes, unless one is named. Batches under way are
     * finished, and direct invocations still work.
     */
    pause(name: FunctionName, lane?: number): void;
    resume(name: FunctionName, lane?: number): void;
  };
  readonly queues: {
    /** Makes all messages in flight visible again now, although a function may still be working on them. */
    expireVisibility(channel: ChannelName): void;
    depth(channel: ChannelName): ChannelDepth;
  };
  readonly clock: { advance(ms: number): void; now(): number };
  /** Serves the page as it is built now. With `liveReload`, browsers then reload it. */
  reloadPage(): void;
  /** Resolves with the reason when a part has ended by itself; the cloud no longer works then. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}
