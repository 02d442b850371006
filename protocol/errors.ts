/**
 * Error codes are a stable part of the contract: clients switch on `code`, people read `message`,
 * `temporary` says whether the same frame may be sent again later.
 */
const CODES = {
  malformed: { temporary: false, message: "The frame is not valid." },
  too_large: { temporary: false, message: "The frame, or something in it, is too large." },
  unknown_type: { temporary: false, message: "This server knows no frame of that type." },
  unauthenticated: { temporary: false, message: "The token has expired; connect again with a new one." },
  not_found: {
    temporary: false,
    message: "There is no such conversation or entry, or it is not for you to see.",
  },
  not_a_member: { temporary: false, message: "You are not a member of this conversation any more." },
  forbidden: { temporary: false, message: "Neither your role nor this kind of conversation allows this." },
  blocked: { temporary: false, message: "This user has blocked you." },
  consent_required: {
    temporary: false,
    message: "You may add only people with whom you have a conversation in which both have written.",
  },
  conflict: { temporary: false, message: "This does not fit the conversation as it is now." },
  stale: { temporary: false, message: "Too much has happened since `seen`; sync and look before resending." },
  evicted: { temporary: false, message: "Too many connections of this user; the oldest was closed." },
  rate_limited: { temporary: true, message: "Too much at once; try again later." },
  overloaded: { temporary: true, message: "The service is overloaded; try again later." },
  unavailable: { temporary: true, message: "The service could not do this now; try again." },
  internal: { temporary: false, message: "The service failed on this frame." },
} as const satisfies Record<string, { temporary: boolean; message: string }>;

export type ErrorCode = keyof typeof CODES;

export const ERROR_CODES = Object.keys(CODES) as [ErrorCode, ...ErrorCode[]];

/** The error as it travels in `error`, `reject` and `reply` frames. */
export interface WireError {
  /** An {@link ErrorCode}, or a code of a newer server. */
  code: string;
  message: string;
  /** True if the same frame may be sent again. */
  temporary: boolean;
  /** Milliseconds to wait before that. */
  retryAfterMs?: number | undefined;
}

export function isErrorCode(value: string): value is ErrorCode {
  return Object.hasOwn(CODES, value);
}

export function wireError(code: ErrorCode, message: string = CODES[code].message): WireError {
  return { code, message, temporary: CODES[code].temporary };
}

/** The only error a decoder throws: the input is not of this protocol. */
export class ProtocolError extends Error {
  readonly error: WireError;
  /** The request id of the offending frame, when it could be read. */
  readonly requestId: string | undefined;
  /** The entry ids of the offending frame, when they could be read. */
  readonly entryIds: string[] | undefined;

  constructor(code: ErrorCode, message: string, about: { requestId?: string; entryIds?: string[] } = {}) {
    super(message);
    this.name = "ProtocolError";
    this.error = wireError(code, message);
    this.requestId = about.requestId;
    this.entryIds = about.entryIds;
  }
}
