import { laneSuffix } from "../wiring/lanes.ts";
import type { ChannelName } from "../wiring/manifest.ts";
import type { RequestHandler } from "./http/server.ts";
import { AUDIENCE } from "./issuer/issuer.ts";
import type { ChannelResources } from "./messaging/channels.ts";

export interface OutputsOptions {
  readonly url: string;
  readonly region: string;
  readonly table: string;
  readonly endpoints: Readonly<Record<"dynamodb" | "sns" | "sqs" | "management", string>>;
  readonly channels: Readonly<Record<ChannelName, ChannelResources>>;
  /** Returns the URL of a running gateway. */
  readonly nextGatewayUrl: () => string | undefined;
}

/** Answers `GET /local/outputs` for operators' tools: a stack's outputs and resources, and the services' endpoints. */
export function createOutputs(options: OutputsOptions): RequestHandler {
  const { url, region, table, channels } = options;
  const { management, ...endpoints } = options.endpoints;
  const { entries, outbound, notices, presence } = channels;
  const queues = Object.entries(channels).flatMap(([channel, resources]) => queuesOf(channel, resources));
  return async (request, response) => {
    if (request.method !== "GET" || request.url !== "/local/outputs") return false;
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(
      JSON.stringify({
        region,
        endpoints: { ...endpoints, lambda: url },
        outputs: {
          WebSocketUrl: options.nextGatewayUrl(),
          ManagementEndpoint: management,
          TableName: table,
          EntriesTopicArn: entries.topicArn,
          OutboundTopicArn: outbound.topicArn,
          EntriesDeadLetterQueueUrl: entries.deadLetterQueueUrl,
          OutboundDeadLetterQueueUrl: outbound.deadLetterQueueUrl,
          ParkedQueueUrl: entries.parkedQueueUrl,
          NoticesDeadLetterQueueUrl: notices.deadLetterQueueUrl,
          PresenceDeadLetterQueueUrl: presence.deadLetterQueueUrl,
          SignOutFunctionName: "sign-out",
          EraseFunctionName: "erase",
          Issuer: url,
          ClientId: AUDIENCE,
          UserClaim: "sub",
        },
        resources: { "AWS::SQS::Queue": Object.fromEntries(queues) },
      }),
    );
    return true;
  };
}

/** Returns the URLs of a channel's queues by their logical ids in a stack. */
function queuesOf(channel: string, { queueUrls, deadLetterQueueUrl, parkedQueueUrl }: ChannelResources) {
  const id = `${channel.slice(0, 1).toUpperCase()}${channel.slice(1)}`;
  return [
    ...queueUrls.map((url, lane) => [`${id}Queue${laneSuffix(lane)}`, url]),
    [`${id}DeadLetterQueue`, deadLetterQueueUrl],
    ...(parkedQueueUrl === undefined ? [] : [[`${id}ParkedQueue`, parkedQueueUrl]]),
  ];
}
