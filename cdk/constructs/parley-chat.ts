import { RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Code, IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { CHANNELS, type FunctionName } from "../../wiring/manifest.ts";
import type { Config } from "../config.ts";
import { type AlarmOptions, ChatAlarms } from "./alarms/chat-alarms.ts";
import type { Watched } from "./alarms/watched.ts";
import { ApiGatewayLogRole } from "./api-gateway-log-role.ts";
import { type Capability, setting } from "./capability.ts";
import { Channel } from "./channel.ts";
import { ChatFunction } from "./chat-function.ts";
import { ChatTable } from "./chat-table.ts";
import { ChatDashboard } from "./dashboard.ts";
import { type TokenIssuer, tokenIssuer, tokenSettings } from "./token-issuer.ts";
import { WebSocketEndpoint } from "./websocket-endpoint.ts";

export interface ParleyChatProps {
  readonly config: Config;
  /** Last part of the WebSocket URL. */
  readonly stageName: string;
  readonly codeFor: (name: FunctionName) => Code;
  /** Alarms, and the topic they tell of their state; docs/runbook.md says what they cost. @default none */
  readonly alarms?: AlarmOptions | undefined;
  /** A CloudWatch dashboard, at $3 a month. @default false */
  readonly dashboard?: boolean;
}

/** A whole chat backend. One per stack: the logical ids of what holds data are fixed. */
export class ParleyChat extends Construct {
  readonly tokens: TokenIssuer;
  readonly table: ChatTable;
  readonly entries: Channel;
  readonly outbound: Channel;
  readonly presence: Channel;
  readonly signOut: IFunction;
  readonly endpoint: WebSocketEndpoint;
  readonly alarms: ChatAlarms | undefined;
  readonly dashboard: ChatDashboard | undefined;

  constructor(scope: Construct, id: string, props: ParleyChatProps) {
    super(scope, id);
    const { config } = props;
    const logRetention = config.logRetentionDays;
    const removalPolicy = config.data === "kept" ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    this.tokens = tokenIssuer(this, config.tokens, removalPolicy);
    this.table = new ChatTable(this, "Table", { removalPolicy });
    this.entries = new Channel(this, "Entries", {
      spec: CHANNELS.entries,
      topicVariable: "entriesTopicArn",
      queueVariable: "entriesQueueUrls",
      lanes: config.lanes,
      maximumConcurrency: config.maximumConcurrency.entries,
      removalPolicy,
    });
    this.outbound = new Channel(this, "Outbound", {
      spec: CHANNELS.outbound,
      topicVariable: "outboundTopicArn",
      queueVariable: "outboundQueueUrl",
      lanes: 1,
      maximumConcurrency: config.maximumConcurrency.outbound,
      removalPolicy,
    });
    this.presence = new Channel(this, "Presence", {
      spec: CHANNELS.presence,
      topicOf: this.outbound,
      topicVariable: "outboundTopicArn",
      queueVariable: "presenceQueueUrl",
      lanes: 1,
      maximumConcurrency: CHANNELS.presence.trigger.maximumConcurrency,
      removalPolicy,
    });
    this.endpoint = new WebSocketEndpoint(this, "Endpoint", {
      stageName: props.stageName,
      throttle: config.throttle,
      logRetention,
      removalPolicy,
    });
    if (config.apiGatewayLogRole === "create") {
      this.endpoint.stage.node.addDependency(new ApiGatewayLogRole(this, "ApiGatewayLogRole"));
    }

    const define = (name: FunctionName, ...uses: readonly Capability[]): IFunction =>
      new ChatFunction(this, name, {
        name,
        code: props.codeFor(name),
        uses,
        logLevel: config.logLevel,
        logRetention,
        removalPolicy,
      }).resource;
    const { table, entries, outbound, presence, endpoint } = this;
    const events = setting({ events: config.events.join(",") });
    const epochFloor = setting({ epochFloor: String(config.epochFloor) });

    const functions = {
      authorize: define("authorize", tokenSettings(this.tokens)),
      // Evicting a user's oldest connection is a last frame and a close.
      connect: define(
        "connect",
        table.allow("UpdateItem"),
        outbound.publish(),
        endpoint.connections("POST", "DELETE"),
      ),
      disconnect: define("disconnect", table.allow("UpdateItem"), outbound.publish()),
      // Cannot read conversations: what a frame may do is decided by commit alone. The table, closing connections and
      // the outbound topic are for a user who floods: his counter, his penalty, his leases.
      send: define(
        "send",
        table.allow("UpdateItem", "BatchGetItem"),
        entries.publish(),
        entries.observe(),
        outbound.publish(),
        setting({ admissionDepth: String(config.admissionDepth) }),
        endpoint.connections("POST", "DELETE"),
      ),
      // Writes rows of users and their settings as members: leases, watches, cursors. No log, no head.
      command: define(
        "command",
        table.allow("Query", "BatchGetItem", "BatchWriteItem", "UpdateItem"),
        outbound.publish(),
        endpoint.connections("POST"),
        epochFloor,
      ),
      commit: define(
        "commit",
        table.allow("Query", "GetItem", "BatchGetItem", "PutItem", "UpdateItem", "ConditionCheckItem"),
        entries.consume(),
        outbound.publish(),
        endpoint.connections("POST"),
        epochFloor,
        setting({ retentionDays: String(config.retentionDays) }),
        events,
      ),
      // Writes only to remove the lease and the watches of a connection that is gone.
      deliver: define(
        "deliver",
        table.allow("Query", "BatchGetItem", "UpdateItem", "DeleteItem"),
        outbound.consume(),
        outbound.publish(),
        endpoint.connections("POST"),
        events,
      ),
      // May not put an item: it finishes what is in the log, and can append nothing.
      "dead-letter": define(
        "dead-letter",
        table.allow("Query", "GetItem", "BatchGetItem", "UpdateItem"),
        entries.consumeDeadLetters("entriesDeadLetterQueueUrl"),
        entries.park("parkedQueueUrl"),
        outbound.publish(),
        endpoint.connections("POST"),
        epochFloor,
        events,
      ),
      presence: define(
        "presence",
        table.allow("BatchGetItem", "UpdateItem"),
        presence.consume(),
        outbound.publish(),
      ),
      "sign-out": define(
        "sign-out",
        table.allow("BatchGetItem", "UpdateItem"),
        outbound.publish(),
        endpoint.connections("POST", "DELETE"),
      ),
    } satisfies Record<FunctionName, IFunction>;

    entries.trigger(functions[CHANNELS.entries.trigger.function]);
    entries.triggerDeadLetters(functions[CHANNELS.entries.deadLetters.trigger.function]);
    outbound.trigger(functions[CHANNELS.outbound.trigger.function]);
    presence.trigger(functions[CHANNELS.presence.trigger.function]);
    this.signOut = functions["sign-out"];
    endpoint.serve(functions);

    const service = Stack.of(this).stackName;
    const watched: Watched = {
      functions,
      table: table.resource,
      entries,
      outbound,
      presence,
      endpoint,
      service,
    };
    if (props.alarms) this.alarms = new ChatAlarms(this, "Alarms", { watched, ...props.alarms });
    if (props.dashboard)
      this.dashboard = new ChatDashboard(this, "Dashboard", { watched, alarms: this.alarms });
  }
}
