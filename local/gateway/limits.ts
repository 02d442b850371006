/** Limits from "Quotas for configuring and running a WebSocket API in API Gateway", AWS documentation; tests lower them. */
export interface GatewayLimits {
  /** Payload of one WebSocket frame from a client. A larger frame closes the connection with 1009. */
  readonly frameBytes: number;
  /** Size of one message, in either direction. */
  readonly messageBytes: number;
  readonly idleTimeoutMs: number;
  readonly connectionDurationMs: number;
  readonly integrationTimeoutMs: number;
  /** Our own limit: when more bytes wait for a client that does not read, posts to it are refused with 429. */
  readonly outgoingBufferBytes: number;
}

export const GATEWAY_LIMITS: GatewayLimits = {
  frameBytes: 32 * 1024,
  messageBytes: 128 * 1024,
  idleTimeoutMs: 10 * 60 * 1000,
  connectionDurationMs: 2 * 60 * 60 * 1000,
  integrationTimeoutMs: 29_000,
  outgoingBufferBytes: 1024 * 1024,
};
