import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";

/**
 * Format of one JSON line per connect, frame and disconnect. Never add a header or the query string: the token travels
 * in Sec-WebSocket-Protocol. The variables are documented in "Configure logging for WebSocket APIs" in API Gateway's guide.
 */
export const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    requestId: "$context.requestId",
    requestTimeMs: "$context.requestTimeEpoch",
    eventType: "$context.eventType",
    routeKey: "$context.routeKey",
    connectionId: "$context.connectionId",
    messageId: "$context.messageId",
    status: "$context.status",
    errorType: "$context.error.responseType",
    integrationStatus: "$context.integration.status",
    integrationLatencyMs: "$context.integrationLatency",
    authorizerStatus: "$context.authorizer.status",
    authorizerLatencyMs: "$context.authorizer.latency",
  }),
);
