/**
 * What bill and capacity believe besides traffic, prices and counts. Nobody measured these on AWS; latencies of
 * services are in ../services.ts.
 */
export const ASSUMED = {
  /** Of a function that only waits: reading the event, ending the invocation. */
  handlerMs: 3,
  /** Of the invocations, those that start an environment, which is billed since August 2025. */
  coldShare: 0.002,
  /** What Lambda and we write about an invocation, CloudWatch's 26 bytes an event included. */
  logBytesPerInvocation: 900,
  /** One line of the access log: its format with values of the usual lengths. */
  accessLogBytes: 480,
  /** Days that logs are kept (prod), and what is left of them compressed. */
  logDays: 90,
  logCompression: 0.15,
  /** Bytes of a message in the table besides its text: keys, ids, times, the decided frame, DynamoDB's own 100. */
  storedOverheadBytes: 350,
  /** Bytes of a frame on its way through topic and queue besides its text. */
  publishedOverheadBytes: 400,
  /** Bytes to a client besides the text: of an ack or a small push; of an `entries`; of a sync's conversation. */
  smallFrameBytes: 180,
  entriesFrameBytes: 330,
  syncedConversationBytes: 350,
  /**
   * Requests to SQS for a record that SNS puts there. SNS's page has deliveries to SQS free; whether the queue's
   * owner pays for the request is not said there, so it is counted.
   */
  sqsRequestsPerDelivery: 1,
  /** The busiest second, as a multiple of the average one. */
  peak: 3,
  /** Days of a month are 730 hours of it. */
  hoursPerMonth: 730,
  /** A token is got from the issuer as often: an hour is Cognito's default. */
  tokenHours: 1,
} as const;

/**
 * AWS, "Configuring scaling behavior for Amazon SQS event source mappings": long polling; five concurrent batches
 * at first and again when traffic is low; as few as two, but not where a maximum concurrency is set, as here. Said
 * of standard queues; nothing is said of FIFO ones, so the same is assumed.
 */
export const POLLERS = 5;
/** SQS, the longest that long polling waits; what Lambda waits is not said. */
export const POLL_SECONDS = 20;
