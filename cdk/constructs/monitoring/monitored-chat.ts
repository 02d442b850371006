import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { FunctionName } from "../../../wiring/manifest.ts";
import type { WebSocketEndpoint } from "../api/websocket-endpoint.ts";
import type { Channel } from "../messaging/channel.ts";

/** The parts of a chat that alarms and dashboard monitor. */
export interface MonitoredChat {
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
  readonly table: ITable;
  readonly entries: Channel;
  readonly outbound: Channel;
  readonly notices: Channel;
  readonly presence: Channel;
  readonly endpoint: WebSocketEndpoint;
  /** Value of the dimension `service` of the functions' own metrics. */
  readonly service: string;
}
