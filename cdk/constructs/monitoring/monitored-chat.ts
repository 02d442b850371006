import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { FunctionName } from "../../../wiring/manifest.ts";
import type { WebSocketEndpoint } from "../api/websocket-endpoint.ts";
import type { Channel } from "../messaging/channel.ts";

/** A chat as far as alarms and dashboard look at it. */
export interface MonitoredChat {
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  readonly table: ITable;
  readonly entries: Channel;
  readonly outbound: Channel;
  readonly presence: Channel;
  readonly endpoint: WebSocketEndpoint;
  /** Of the functions' own metrics, the value of the dimension `service`. */
  readonly service: string;
}
