import { LIMITS } from "../../../protocol/limits.ts";
import { utf8Bytes } from "../../../protocol/utf8-bytes.ts";
import { hasHalfCharacter } from "../../../protocol/whole-characters.ts";
import type { NewEntry } from "../api/entry.ts";
import { ProtocolError } from "../api/errors.ts";

/** Throws {@link ProtocolError} for what no server would take. */
export function newEntry(id: string, content: string | Omit<NewEntry, "id">): NewEntry {
  const { kind, body } =
    typeof content === "string" ? { kind: "text" as const, body: { text: content } } : content;
  const json = JSON.stringify(body);
  if (json === undefined) throw new ProtocolError("malformed", "A body is JSON.");
  if (hasHalfCharacter(json)) {
    throw new ProtocolError("malformed", "A text has no half characters (unpaired surrogates).");
  }
  // What was given is the application's own and may change; what is sent must not.
  const copy = JSON.parse(json);
  const { text } = /^(text|edit)$/.test(kind) && copy ? copy : {};
  if (text === "") throw new ProtocolError("malformed", "A text is not empty.");
  // Line breaks and quotes take two bytes on the wire.
  if (
    typeof text === "string" &&
    (utf8Bytes(text) > LIMITS.textBytes || utf8Bytes(JSON.stringify(text)) > LIMITS.textJsonBytes)
  ) {
    throw new ProtocolError("too_large", `A text has at most ${LIMITS.textBytes} bytes.`);
  }
  if (utf8Bytes(json) > LIMITS.bodyBytes) {
    throw new ProtocolError("too_large", `A body has at most ${LIMITS.bodyBytes} bytes.`);
  }
  return { id, kind, body: copy };
}
