/**
 * Every limit of the wire protocol and of the log, in one place; docs/protocol.md quotes this file.
 * Sizes are bytes of UTF-8 unless the name says otherwise.
 */
export const LIMITS = {
  /** One WebSocket message, each way. API Gateway: "WebSocket frame size 32 KB". */
  frameBytes: 32 * 1024,
  /** The text of a `text` entry. */
  textBytes: 16 * 1024,
  /** The same as a JSON string, quotes included: line breaks and quotes take two bytes there. */
  textJsonBytes: 24 * 1024 - 64,
  /** Any entry's body, encoded as JSON: leaves room for the fields the server adds within one frame. */
  bodyBytes: 24 * 1024,
  /** Nesting of arrays and objects in a frame, the frame itself being level 1. */
  jsonDepth: 32,
  entriesPerFrame: 25,
  entryIdLength: 64,
  requestIdLength: 64,
  deviceIdLength: 64,
  kindLength: 64,
  /** Characters (UTF-16 code units) of a user id. */
  userIdLength: 128,
  /** Characters (UTF-16 code units) of a group's title. */
  titleLength: 100,
  /** The longest emoji sequence of Unicode 17, a kiss of two skin tones, has 35. */
  reactionKeyBytes: 40,
  /** Keys with which one user may react to an entry. */
  reactionsPerUser: 5,
  /** All reactions of an entry together, as JSON: about 100 reactions of users with short ids. */
  reactionsBytes: 4 * 1024,
  /** Users that one entry adds or removes, and members a group is created with besides its creator. */
  usersPerEntry: 40,
  membersPerGroup: 10_000,
  /** Times a member may leave and come back. */
  rangesPerMember: 50,
  /** Largest conversation in which receipts and typing are pushed. */
  chattyMembers: 32,
  /** One hour to ten years. */
  minRetentionSeconds: 60 * 60,
  maxRetentionSeconds: 10 * 365 * 24 * 60 * 60,
  /** Unread entries are counted up to this number; one more stands for any larger number. */
  unreadCount: 99,
  /** Most members in one `members` or `receipts` reply. */
  membersPage: 100,
  /** A `typing` older than this is dropped. */
  typingAgeMs: 5_000,
  connectionsPerUser: 20,
  /** Units that the frames of one connection may cost: the lasting rate a second, and the burst after a pause. */
  unitsPerSecond: 20,
  unitBurst: 600,
  /** Conversations a user may begin and strangers they may add: the lasting rate an hour, and the burst after a pause. */
  invitationsPerHour: 60,
  invitationBurst: 500,
  /** Most entries in one `history` reply; fewer when the frame is full. */
  historyPage: 100,
  /** Most conversations in one `sync` reply; fewer when the frame is full. */
  syncPage: 25,
  /** The same for a `sync` with `since` or `tail`, conversations that are left out included. */
  longSyncPage: 100,
  /** Conversations whose receipts one `sync` asks for. */
  receiptsPerSync: 100,
  /** Newest entries a device gets of a conversation for which it has no cursor. */
  syncTail: 25,
  /** Cursors in one `sync` frame. */
  cursorsPerSync: 500,
  /** Users in one `presence` frame, and so the most that one connection can watch. */
  presenceUsers: 100,
  /** The users of one `presence` frame as JSON: leaves room in the reply for what it says of each. */
  presenceUsersBytes: 16 * 1024,
  /** Entries after `seen` among which a resend is recognised; a `seen` further back is answered by `stale`. */
  seenWindow: 1000,
  /** Text kept for the conversation list, as JSON without its quotes. */
  previewBytes: 160,
} as const;
