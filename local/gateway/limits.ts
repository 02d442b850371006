/** "Quotas for configuring and running a WebSocket API in API Gateway", AWS documentation; tests make them small. */
export interface GatewayLimits {
  /** Payload of one WebSocket frame from a client; more closes with 1009. */
  readonly frameBytes: number;
  /** One message, each way. */
  readonly messageBytes: number;
  readonly idleTimeoutMs: number;
  readonly connectionDurationMs: number;
  readonly integrationTimeoutMs: number;
  /** Ours: bytes waiting for a client that does not read, beyond which posts to it are refused with 429. */
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
