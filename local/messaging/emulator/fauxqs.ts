/**
 * The classes that fauxqs is made of. Its package exports only the finished server, which is more lenient than AWS, so
 * these come from its files: package.json pins the version, and `test/local` fails if one of them changes.
 */
export { buildApp } from "fauxqs";
export { SnsError, SqsError } from "../../../node_modules/fauxqs/dist/common/errors.js";
export {
  escapeXml,
  snsErrorResponse,
  snsSuccessResponse,
} from "../../../node_modules/fauxqs/dist/common/xml.js";
export { PersistenceManager } from "../../../node_modules/fauxqs/dist/persistence.js";
export { S3Store } from "../../../node_modules/fauxqs/dist/s3/s3Store.js";
export { fanOutToSubscriptions } from "../../../node_modules/fauxqs/dist/sns/actions/publish.js";
export { SnsStore } from "../../../node_modules/fauxqs/dist/sns/snsStore.js";
export { SqsQueue, SqsStore } from "../../../node_modules/fauxqs/dist/sqs/sqsStore.js";
export type {
  InflightEntry,
  MessageAttributeValue,
  ReceivedMessage,
  SqsMessage,
} from "../../../node_modules/fauxqs/dist/sqs/sqsTypes.js";
