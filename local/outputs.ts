import { laneSuffix } from "../wiring/lanes.ts";
import type { ChannelName } from "../wiring/manifest.ts";
import type { ChannelResources } from "./cloud-options.ts";
import type { RequestHandler } from "./http/server.ts";
import { AUDIENCE } from "./issuer/issuer.ts";

export interface OutputsOptions {
  readonly url: string;
  readonly region: string;
  readonly table: string;
  readonly managementEndpoint: string;
  readonly endpoints: { readonly dynamodb: string; readonly sns: string; readonly sqs: string };
  readonly channels: Readonly<Record<ChannelName, ChannelResources>>;
  /** Of a gateway that runs. */
  readonly nextGatewayUrl: () => string | undefined;
}

/** What a stack says in its outputs and its list of resources, and where the services are: for operators' tools. */
export function createOutputs(options: OutputsOptions): RequestHandler {
  const { url, region, table, endpoints, channels, managementEndpoint } = options;
  const { entries, outbound, presence } = channels;
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
          ManagementEndpoint: managementEndpoint,
          TableName: table,
          EntriesTopicArn: entries.topicArn,
          OutboundTopicArn: outbound.topicArn,
          EntriesDeadLetterQueueUrl: entries.deadLetterQueueUrl,
          OutboundDeadLetterQueueUrl: outbound.deadLetterQueueUrl,
          ParkedQueueUrl: entries.parkedQueueUrl,
          PresenceDeadLetterQueueUrl: presence.deadLetterQueueUrl,
          SignOutFunctionName: "sign-out",
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

/** By the logical ids they have in a stack. */
function queuesOf(channel: string, { queueUrls, deadLetterQueueUrl, parkedQueueUrl }: ChannelResources) {
  const id = `${channel.slice(0, 1).toUpperCase()}${channel.slice(1)}`;
  return [
    ...queueUrls.map((url, lane) => [`${id}Queue${laneSuffix(lane)}`, url]),
    [`${id}DeadLetterQueue`, deadLetterQueueUrl],
    ...(parkedQueueUrl === undefined ? [] : [[`${id}ParkedQueue`, parkedQueueUrl]]),
  ];
}
