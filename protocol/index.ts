/** The wire contract of Parley, version 1. docs/protocol.md is its public form. */
export {
  type BlockFrame,
  type ClientFrame,
  type CreateFrame,
  type DeliveredFrame,
  decodeClientFrame,
  type ReadFrame,
  type SendFrame,
  type TypingFrame,
  type UnblockFrame,
} from "./client-frames.ts";
export * from "./commands.ts";
export {
  ERROR_CODES,
  type ErrorCode,
  isErrorCode,
  ProtocolError,
  type WireError,
  wireError,
} from "./errors.ts";
export {
  ConversationId,
  Cursor,
  DeviceId,
  Entry,
  EntryId,
  HistoryPolicy,
  NewEntry,
  PersonId,
  Preview,
  Role,
  Title,
  UserId,
  UserIds,
} from "./fields.ts";
export { encodeFrame, SUBPROTOCOL } from "./frame-text.ts";
export {
  countsAsUnread,
  isContent,
  isRewrite,
  isSolitary,
  type Kind,
  type KindWith,
  traitsOf,
} from "./kinds.ts";
export { LIMITS } from "./limits.ts";
export {
  type AcceptedFrame,
  type AckFrame,
  decodeServerFrame,
  type EntriesFrame,
  type ErrorFrame,
  type JoinedFrame,
  type PresenceFrame,
  type ReceiptFrame,
  type RejectFrame,
  type ReplyFrame,
  SERVER_FRAMES,
  type ServerFrame,
  type TypingPush,
} from "./server-frames.ts";
export { type ErasedBody, isTombstone, tombstoneOf } from "./tombstone.ts";
export { utf8Bytes } from "./utf8-bytes.ts";
