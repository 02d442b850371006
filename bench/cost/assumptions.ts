/**
 * Assumptions of the bill and of the capacity besides traffic, prices and counts. None was measured on AWS. Latencies of
 * services are in bench/simulation/services.ts.
 */
export const ASSUMED = {
  /** Duration of an invocation besides its calls: reading the event and ending the invocation. */
  handlerMs: 3,
  /** Share of invocations that start an environment, which is billed since August 2025. */
  coldShare: 0.002,
  /** Bytes that Lambda and Parley log per invocation, including CloudWatch's 26 bytes per event. */
  logBytesPerInvocation: 900,
  /** Bytes of an access-log line: its format with values of typical lengths. */
  accessLogBytes: 480,
  /** Days for which logs are kept (prod), and their size after compression. */
  logDays: 90,
  logCompression: 0.15,
  /** Bytes of a message in the table besides its text: keys, ids, times, its record in the dedup window, DynamoDB's own 100. */
  storedOverheadBytes: 350,
  /** Bytes of a frame in topic and queue besides its text. */
  publishedOverheadBytes: 400,
  /** Bytes sent to a client besides the text: an ack or a small push; an `entries` frame; a conversation in a sync. */
  smallFrameBytes: 180,
  entriesFrameBytes: 330,
  syncedConversationBytes: 350,
  /**
   * SQS requests for each record that SNS delivers. SNS's pricing page says that deliveries to SQS are free. It does not
   * say whether the queue's owner pays for the request, so it is counted.
   */
  sqsRequestsPerDelivery: 1,
  /** The busiest second, as a multiple of the average one. */
  peak: 3,
  /** Hours in a month. */
  hoursPerMonth: 730,
  /** Hours between requests for a token: an hour is Cognito's default validity. */
  tokenHours: 1,
} as const;

/**
 * Concurrent long polls per queue. AWS, "Configuring scaling behavior for Amazon SQS event source mappings": five
 * concurrent batches at first and again when traffic is low; as few as two, but not with a maximum concurrency, which is
 * set here. The page says this about standard queues and nothing about FIFO queues, so the same is assumed.
 */
export const POLLERS = 5;
/** SQS's longest wait for a long poll. AWS does not document how long Lambda waits. */
export const POLL_SECONDS = 20;
