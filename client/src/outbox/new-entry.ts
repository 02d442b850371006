import { LIMITS } from "../../../protocol/limits.ts";
import { utf8Bytes } from "../../../protocol/utf8-bytes.ts";
import type { NewEntry } from "../api/entry.ts";
import { ProtocolError } from "../api/errors.ts";

/** Throws {@link ProtocolError} for what no server would take. */
export function newEntry(id: string, content: string | Omit<NewEntry, "id">): NewEntry {
  if (content === "") throw new ProtocolError("malformed", "A text is not empty.");
  const entry =
    typeof content === "string"
      ? { id, kind: "text" as const, body: { text: content } }
      : { id, kind: content.kind, body: content.body };
  // Line breaks and quotes take two bytes on the wire.
  if (
    typeof content === "string" &&
    (utf8Bytes(content) > LIMITS.textBytes || utf8Bytes(JSON.stringify(content)) > LIMITS.textJsonBytes)
  ) {
    throw new ProtocolError("too_large", `A text has at most ${LIMITS.textBytes} bytes.`);
  }
  const json = JSON.stringify(entry.body);
  if (json === undefined) throw new ProtocolError("malformed", "A body is JSON.");
  if (utf8Bytes(json) > LIMITS.bodyBytes) {
    throw new ProtocolError("too_large", `A body has at most ${LIMITS.bodyBytes} bytes.`);
  }
  // What was given is the application's own and may change; what is sent must not.
  return { ...entry, body: JSON.parse(json) } as NewEntry;
}
