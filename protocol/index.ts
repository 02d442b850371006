/** The wire contract of Parley, version 1. docs/protocol.md is its public form. */
export {
  type BlockFrame,
  type ClientFrame,
  type CreateFrame,
  type DeliveredFrame,
  decodeClientFrame,
  type HistoryFrame,
  type KeepFrame,
  type MembersFrame,
  type MuteFrame,
  type PresenceFrameRequest,
  type ReadFrame,
  type ReceiptsFrame,
  type SendFrame,
  type SyncFrame,
  type TypingFrame,
  type UnblockFrame,
} from "./client-frames.ts";
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
  type AckFrame,
  decodeServerFrame,
  type EntriesFrame,
  type ErrorFrame,
  HistoryResult,
  type JoinedFrame,
  MembersResult,
  type PresenceFrame,
  PresenceResult,
  type ReceiptFrame,
  ReceiptsResult,
  type RejectFrame,
  type ReplyFrame,
  SERVER_FRAMES,
  type ServerFrame,
  type SyncedConversation,
  SyncResult,
  type TypingPush,
} from "./server-frames.ts";
export { utf8Bytes } from "./utf8-bytes.ts";
