import { RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { Code, type IFunction } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic, SubscriptionFilter } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { bundleDirectory } from "../../wiring/build-directories.ts";
import type { LANE_COUNTS } from "../../wiring/lanes.ts";
import {
  CHANNELS,
  DEFAULT_EVENTS,
  DEFAULT_INGEST,
  DEFAULT_WHO_MAY_ADD,
  type FunctionName,
  type IngestMode,
  type RouteKey,
  type ThrottleLimits,
  type WhoMayAdd,
} from "../../wiring/manifest.ts";
import { originsVariable } from "../../wiring/origins.ts";
import { ApiGatewayLogRole } from "./api/api-gateway-log-role.ts";
import type { CustomDomainProps } from "./api/custom-domain.ts";
import { WebSocketEndpoint } from "./api/websocket-endpoint.ts";
import { type TokenIssuer, type Tokens, tokenIssuer, tokenSettings } from "./auth/token-issuer.ts";
import { CAPACITY_DEFAULTS } from "./capacity-defaults.ts";
import { ChatTable, type TableAction } from "./data/chat-table.ts";
import { type Capability, setting } from "./functions/capability.ts";
import { ChatFunction } from "./functions/chat-function.ts";
import { Channel } from "./messaging/channel.ts";
import { type EventFamily, type EventType, eventFilter } from "./messaging/chat-events.ts";
import { type AlarmOptions, ChatAlarms } from "./monitoring/alarms/chat-alarms.ts";
import { ChatDashboard } from "./monitoring/dashboard.ts";
import type { MonitoredChat } from "./monitoring/monitored-chat.ts";
import { WebPage } from "./web-page/web-page.ts";
import type { WebPageOptions } from "./web-page/web-page-options.ts";

export interface ParleyChatProps {
  /** Issuer whose tokens open a connection. @default a Cognito user pool created here, whose users administrators create */
  readonly tokens?: Tokens;
  /**
   * Origins of the web pages that may connect (`https://app.example.com`); an empty list allows all. Only browsers send
   * an origin, so this keeps out other sites' pages and nothing else. The chat's own page ({@link web}) may always connect.
   * @default none
   */
  readonly allowedOrigins?: readonly string[];
  /** Last part of the WebSocket URL that API Gateway assigns. Changing it changes the URL. @default "chat" */
  readonly stageName?: string;
  /** Custom domain of the WebSocket URL. @default the one API Gateway assigns */
  readonly domain?: CustomDomainProps | undefined;
  /**
   * Fate of table, queues, users and logs when the stack is deleted. `RETAIN` also turns on deletion protection for table
   * and user pool.
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy.RETAIN | RemovalPolicy.DESTROY;
  /** Name of a table restored from a backup, used instead of the one created here: docs/restore.md. @default none */
  readonly restoredTable?: string | undefined;
  /** Minimum epoch of conversations. Raise by one with every restored table. @default 1 */
  readonly epochFloor?: number;
  /** `stopped`: no function reads or writes the table while it is being replaced: docs/restore.md. @default "flowing" */
  readonly traffic?: "flowing" | "stopped";
  /** Events published for other consumers: docs/events.md. @default DEFAULT_EVENTS */
  readonly events?: readonly EventFamily[];
  /** Days for which new conversations keep their entries; 0 means for ever. @default 0 */
  readonly retentionDays?: number;
  /**
   * `direct`: `send` appends messages to small conversations itself, and only the rest goes through the queue.
   * `queued`: every frame does, and `send` touches no conversation.
   * @default "direct"
   */
  readonly ingest?: IngestMode;
  /**
   * `known`: users may add to groups only people with whom they have a direct conversation in which both have written.
   * `anyone`: everybody who has not blocked them.
   * @default "anyone"
   */
  readonly whoMayAdd?: WhoMayAdd;
  /** Rate (per second) and burst of frames, all connections together. @default 2000 and 4000 */
  readonly throttle?: ThrottleLimits;
  /** The same for single routes, which then do not share the limits of the stage. @default none */
  readonly routeThrottles?: Readonly<Partial<Record<RouteKey, ThrottleLimits>>>;
  /** Number of queues that share the frames, by conversation: docs/architecture.md. @default 1 */
  readonly lanes?: (typeof LANE_COUNTS)[number];
  /** Depth of a lane beyond which senders get `overloaded`. @default 20000 */
  readonly admissionDepth?: number;
  /**
   * Most concurrent invocations for frames (`entries`), for deliveries (`outbound`) and for presence (`notices`).
   * @default 50, 50 and 5
   */
  readonly maximumConcurrency?: {
    readonly entries: number;
    readonly outbound: number;
    readonly notices?: number | undefined;
  };
  /** Concurrency reserved for a function, which is also its maximum. @default none */
  readonly reservedConcurrency?: Readonly<Partial<Record<FunctionName, number>>>;
  /** @default "INFO" */
  readonly logLevel?: "DEBUG" | "INFO" | "WARN" | "ERROR";
  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /**
   * API Gateway writes access logs through one role per account and region. `create`: created and set here, replacing
   * the current one; `exists`: the account already has one.
   * @default "create"
   */
  readonly apiGatewayLogRole?: "create" | "exists";
  /** X-Ray traces of the functions. @default false */
  readonly tracing?: boolean;
  /** Alarms, and the topic to which they publish; docs/runbook.md says what they cost. @default none */
  readonly alarms?: AlarmOptions | undefined;
  /** A CloudWatch dashboard, which costs $3 a month. @default false */
  readonly dashboard?: boolean;
  /** The chat as a web page, in S3 behind CloudFront: docs/deploy.md. @default none */
  readonly web?: WebPageOptions | undefined;
  /** Returns the code of a function. @default the bundles in the package */
  readonly codeFor?: (name: FunctionName) => Code;
}

const DEFAULTS = {
  tokens: { cognito: { selfSignUp: false } },
  allowedOrigins: [],
  stageName: "chat",
  removalPolicy: RemovalPolicy.RETAIN,
  epochFloor: 1,
  traffic: "flowing",
  events: DEFAULT_EVENTS,
  retentionDays: 0,
  ingest: DEFAULT_INGEST,
  whoMayAdd: DEFAULT_WHO_MAY_ADD,
  ...CAPACITY_DEFAULTS,
  routeThrottles: {},
  reservedConcurrency: {},
  logLevel: "INFO",
  logRetention: RetentionDays.THREE_MONTHS,
  apiGatewayLogRole: "create",
  tracing: false,
  dashboard: false,
  codeFor: (name) => Code.fromAsset(bundleDirectory(name)),
} as const satisfies ParleyChatProps;

type CompleteProps = ParleyChatProps & Required<Pick<ParleyChatProps, keyof typeof DEFAULTS>>;

/** Returns the props with defaults. A prop set to `undefined` also gets its default. */
function withDefaults(props: ParleyChatProps): CompleteProps {
  const defined = Object.fromEntries(Object.entries(props).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...(defined as Partial<CompleteProps>) };
}

/** Actions on the table of a function that appends to conversations. */
const APPENDING: readonly TableAction[] = [
  "Query",
  "GetItem",
  "BatchGetItem",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "ConditionCheckItem",
];

/** Actions on the table for the penalty of users who flood. */
const FLOOD_PENALTY: readonly TableAction[] = ["UpdateItem", "BatchGetItem"];

/** Functions that clients invoke through the endpoint. The others consume queues. */
const CLIENT_FACING_FUNCTIONS: readonly FunctionName[] = [
  "authorize",
  "connect",
  "disconnect",
  "send",
  "command",
];

/**
 * A whole chat backend. A stack can hold only one, and a second one throws: the logical ids of resources that hold data
 * are fixed, so that no refactoring of an app replaces them.
 *
 * @example
 * const chat = new ParleyChat(this, "Chat", { allowedOrigins: ["https://app.example.com"] });
 * chat.grantPublish(invoices);
 * new CfnOutput(this, "WebSocketUrl", { value: chat.url });
 */
export class ParleyChat extends Construct {
  readonly tokens: TokenIssuer;
  readonly table: ChatTable;
  readonly entries: Channel;
  readonly outbound: Channel;
  readonly notices: Channel;
  readonly presence: Channel;
  readonly signOut: IFunction;
  /** Erases a user; invoked with `{ user }` until it answers `done`: docs/erase.md. */
  readonly erase: IFunction;
  readonly endpoint: WebSocketEndpoint;
  readonly web: WebPage | undefined;
  readonly alarms: ChatAlarms | undefined;
  readonly dashboard: ChatDashboard | undefined;
  readonly #published: readonly EventFamily[];

  constructor(scope: Construct, id: string, given: ParleyChatProps = {}) {
    super(scope, id);
    this.#assertOnlyChatInStack();
    const props = withDefaults(given);
    const { removalPolicy, logRetention, maximumConcurrency } = props;
    this.#published = props.events;
    const flowing = props.traffic === "flowing";

    this.tokens = tokenIssuer(this, props.tokens, removalPolicy);
    this.table = new ChatTable(this, "Table", { removalPolicy, restoredTable: props.restoredTable });
    this.entries = new Channel(this, "Entries", {
      spec: CHANNELS.entries,
      topicVariable: "entriesTopicArn",
      queueVariable: "entriesQueueUrls",
      lanes: props.lanes,
      maximumConcurrency: maximumConcurrency.entries,
      flowing,
      removalPolicy,
    });
    this.outbound = new Channel(this, "Outbound", {
      spec: CHANNELS.outbound,
      topicVariable: "outboundTopicArn",
      queueVariable: "outboundQueueUrl",
      lanes: 1,
      maximumConcurrency: maximumConcurrency.outbound,
      flowing,
      removalPolicy,
    });
    this.notices = new Channel(this, "Notices", {
      spec: CHANNELS.notices,
      topicOf: this.outbound,
      topicVariable: "outboundTopicArn",
      queueVariable: "noticesQueueUrl",
      lanes: 1,
      maximumConcurrency: maximumConcurrency.notices ?? CHANNELS.notices.trigger.maximumConcurrency,
      flowing,
      removalPolicy,
    });
    this.presence = new Channel(this, "Presence", {
      spec: CHANNELS.presence,
      topicOf: this.outbound,
      topicVariable: "outboundTopicArn",
      queueVariable: "presenceQueueUrl",
      lanes: 1,
      maximumConcurrency: CHANNELS.presence.trigger.maximumConcurrency,
      flowing,
      removalPolicy,
    });
    this.endpoint = new WebSocketEndpoint(this, "Endpoint", {
      stageName: props.stageName,
      throttle: props.throttle,
      routeThrottles: props.routeThrottles,
      domain: props.domain,
      logRetention,
      removalPolicy,
    });
    if (props.apiGatewayLogRole === "create") {
      this.endpoint.stage.node.addDependency(new ApiGatewayLogRole(this, "ApiGatewayLogRole"));
    }

    if (props.web) {
      const { tokens, url: webSocketUrl } = this;
      this.web = new WebPage(this, "Web", {
        ...props.web,
        tokens,
        webSocketUrl,
        logRetention,
        removalPolicy,
      });
    }

    const named = setting({ name: Stack.of(this).stackName });
    const define = (name: FunctionName, ...uses: readonly Capability[]): IFunction =>
      new ChatFunction(this, name, {
        name,
        code: props.codeFor(name),
        uses: [named, ...uses],
        ingest: props.ingest,
        logLevel: props.logLevel,
        logRetention,
        removalPolicy,
        tracing: props.tracing,
        reservedConcurrency:
          !flowing && CLIENT_FACING_FUNCTIONS.includes(name) ? 0 : props.reservedConcurrency[name],
      }).resource;
    const { table, entries, outbound, notices, presence, endpoint } = this;
    const events = setting({ events: props.events.join(",") });
    const epochFloor = setting({ epochFloor: String(props.epochFloor) });

    const functions = {
      authorize: define(
        "authorize",
        tokenSettings(this.tokens),
        setting({ allowedOrigins: originsVariable(this.#allowedOrigins(props.allowedOrigins)) }),
      ),
      // Evicting a user's oldest connection posts a last frame and closes the connection.
      connect: define(
        "connect",
        table.allowOnUsers("UpdateItem"),
        outbound.publish(),
        endpoint.connections(),
      ),
      disconnect: define("disconnect", table.allowOnUsers("UpdateItem"), outbound.publish()),
      // The flood penalty needs the user's counter, penalty and leases, closing connections and the outbound topic. With
      // direct ingest it also appends to conversations.
      send: define(
        "send",
        props.ingest === "direct" ? table.allow(...APPENDING) : table.allowOnUsers(...FLOOD_PENALTY),
        entries.publish(),
        entries.observe(),
        outbound.publish(),
        setting({ admissionDepth: String(props.admissionDepth), ingest: props.ingest }),
        endpoint.connections(),
        epochFloor,
        events,
      ),
      // Writes users' rows and their settings as members: leases, watches, cursors. Never a log or a head.
      command: define(
        "command",
        table.allow("Query", "BatchGetItem", "UpdateItem"),
        // Watches, and a conversation that its user forgets: its row goes, and a note stays for an erasure.
        table.allowOnUsers("BatchWriteItem", "DeleteItem", "PutItem"),
        outbound.publish(),
        endpoint.connections(),
        epochFloor,
      ),
      commit: define(
        "commit",
        table.allow(...APPENDING),
        entries.consume(),
        outbound.publish(),
        endpoint.connections(),
        epochFloor,
        setting({ retentionDays: String(props.retentionDays), whoMayAdd: props.whoMayAdd }),
        events,
      ),
      // Writes only to remove the lease and the watches of a connection that is gone.
      deliver: define(
        "deliver",
        table.allow("Query", "BatchGetItem"),
        table.allowOnUsers("UpdateItem", "DeleteItem"),
        outbound.consume(),
        notices.consume(),
        outbound.publish(),
        endpoint.connections(),
        events,
      ),
      // May not put an item: it finishes frames that are in the log and cannot append.
      "dead-letter": define(
        "dead-letter",
        table.allow("Query", "GetItem", "BatchGetItem"),
        table.allowOnUsers("UpdateItem"),
        entries.consumeDeadLetters("entriesDeadLetterQueueUrl"),
        entries.park("parkedQueueUrl"),
        outbound.publish(),
        endpoint.connections(),
        epochFloor,
        events,
      ),
      presence: define(
        "presence",
        table.allowOnUsers("BatchGetItem", "UpdateItem"),
        presence.consume(),
        outbound.publish(),
      ),
      "sign-out": define(
        "sign-out",
        table.allowOnUsers("BatchGetItem", "UpdateItem"),
        outbound.publish(),
        endpoint.connections(),
      ),
      // Rewrites conversations like `commit`, and removes rows and watches.
      erase: define(
        "erase",
        table.allow(
          "Query",
          "GetItem",
          "BatchGetItem",
          "PutItem",
          "UpdateItem",
          "DeleteItem",
          "BatchWriteItem",
        ),
        outbound.publish(),
        endpoint.connections(),
        epochFloor,
        events,
      ),
    } satisfies Record<FunctionName, IFunction>;

    entries.trigger(functions[CHANNELS.entries.trigger.function]);
    entries.triggerDeadLetters(functions[CHANNELS.entries.deadLetters.trigger.function]);
    outbound.trigger(functions[CHANNELS.outbound.trigger.function]);
    notices.trigger(functions[CHANNELS.notices.trigger.function]);
    presence.trigger(functions[CHANNELS.presence.trigger.function]);
    this.signOut = functions["sign-out"];
    this.erase = functions.erase;
    endpoint.serve(functions, props.ingest);

    const chat: MonitoredChat = {
      functions,
      table: table.resource,
      entries,
      outbound,
      notices,
      presence,
      endpoint,
      service: Stack.of(this).stackName,
    };
    if (props.alarms) this.alarms = new ChatAlarms(this, "Alarms", { chat, ...props.alarms });
    if (props.dashboard) {
      this.dashboard = new ChatDashboard(this, "Dashboard", { chat, alarms: this.alarms });
    }
  }

  /** The URL to which clients connect. */
  get url(): string {
    return this.endpoint.url;
  }

  /** The FIFO topic to which back ends publish entries to be written, built by `backendMessage` of `parley/backend`. */
  get entriesTopic(): ITopic {
    return this.entries.topic;
  }

  /** The topic of events. It also carries Parley's own deliveries, so subscribe with {@link eventFilter}. */
  get events(): ITopic {
    return this.outbound.topic;
  }

  /**
   * Returns the filter policy of a subscription to only these events. Throws for events that this chat does not publish
   * (prop `events`). Events arrive at least once and in any order: docs/events.md.
   *
   * @example
   * chat.events.addSubscription(
   *   new LambdaSubscription(push, { filterPolicy: chat.eventFilter("message.undelivered"), deadLetterQueue }),
   * );
   */
  eventFilter(...types: readonly EventType[]): Record<string, SubscriptionFilter> {
    return eventFilter(this.#published, types);
  }

  /** Lets a back end write into conversations as any user: `sns:Publish` on {@link entriesTopic}. */
  grantPublish(grantee: IGrantable): Grant {
    return this.entries.topic.grantPublish(grantee);
  }

  /** Lets a back end sign users out: `lambda:InvokeFunction` on {@link signOut}, with `{ user }`. */
  grantSignOut(grantee: IGrantable): Grant {
    return this.signOut.grantInvoke(grantee);
  }

  /** Lets a back end erase users: `lambda:InvokeFunction` on {@link erase}. */
  grantErase(grantee: IGrantable): Grant {
    return this.erase.grantInvoke(grantee);
  }

  #allowedOrigins(origins: readonly string[]): readonly string[] {
    return this.web === undefined || origins.length === 0 ? origins : [...origins, this.web.origin];
  }

  #assertOnlyChatInStack(): void {
    const constructs = Stack.of(this).node.findAll();
    const first = constructs.find((other) => other instanceof ParleyChat && other !== this);
    if (first === undefined) return;
    throw new Error(
      `A stack can hold only one ParleyChat: it has ${first.node.path}; put ${this.node.path} into another stack`,
    );
  }
}
