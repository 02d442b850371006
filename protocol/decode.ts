import * as v from "valibot";
import { ProtocolError } from "./errors.ts";
import { isRecord, TOO_LARGE } from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { utf8Bytes } from "./utf8-bytes.ts";

type Schemas = Record<string, v.GenericSchema>;
type About = { requestId?: string; entryIds?: string[] };

/** Decodes text to a typed frame by its `type`. The only place that parses untrusted JSON. */
export function decode<S extends Schemas>(
  text: unknown,
  schemas: S,
  about: (value: unknown) => About = () => ({}),
): v.InferOutput<S[keyof S]> {
  const value = parseJson(text);
  if (!isRecord(value)) throw new ProtocolError("malformed", "A frame is a JSON object.");
  const { type } = value;
  if (typeof type !== "string")
    throw new ProtocolError("malformed", "A frame has a string `type`.", about(value));
  const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
  if (schema === undefined) {
    throw new ProtocolError("unknown_type", "This server knows no frame of that type.", about(value));
  }
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (parsed.success) return parsed.output as v.InferOutput<S[keyof S]>;
  const [issue] = parsed.issues;
  throw new ProtocolError(isSizeIssue(issue) ? "too_large" : "malformed", describe(issue), about(value));
}

function parseJson(text: unknown): unknown {
  if (typeof text !== "string") throw new ProtocolError("malformed", "A frame is a text message.");
  // A UTF-16 code unit takes at most 3 bytes, so most frames are known to be small without encoding them.
  if (
    text.length > LIMITS.frameBytes ||
    (text.length * 3 > LIMITS.frameBytes && utf8Bytes(text) > LIMITS.frameBytes)
  ) {
    throw new ProtocolError("too_large", `A frame has at most ${LIMITS.frameBytes} bytes.`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError("malformed", "A frame is JSON.");
  }
  if (isDeeperThan(value, LIMITS.jsonDepth)) {
    throw new ProtocolError("malformed", `A frame is nested at most ${LIMITS.jsonDepth} deep.`);
  }
  return value;
}

/** Goes level by level, not recursively, because the input decides the depth. */
function isDeeperThan(value: unknown, limit: number): boolean {
  let level: object[] = isObject(value) ? [value] : [];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((node) => Object.values(node).filter(isObject));
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

type Issue = v.BaseIssue<unknown>;

function isSizeIssue({ type, message }: Issue): boolean {
  return type === "max_length" || type === "max_bytes" || (type === "check" && message.startsWith(TOO_LARGE));
}

/** Describes the place and the problem, never the received value, which may be a message. */
function describe(issue: Issue): string {
  const path = v.getDotPath(issue);
  const problem = problemOf(issue).slice(0, 160);
  return path === null ? problem : `${path.slice(0, 80)}: ${problem}`;
}

function problemOf(issue: Issue): string {
  const { type, expected, received, message, requirement } = issue as Issue & { requirement?: unknown };
  if (expected === "never") return "unknown field";
  if (type === "strict_object" && received === "undefined") return "missing";
  if (type === "max_length") return `at most ${requirement} long`;
  if (type === "max_bytes") return `at most ${requirement} bytes`;
  if (type === "min_length") return `at least ${requirement} long`;
  return message.replace(/ but received .*$/s, "");
}
