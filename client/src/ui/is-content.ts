import * as kinds from "../../../protocol/kinds.ts";

/** True for entries that people write (`text`, `x.<name>`); false for changes of the conversation or of another entry. */
// Declared here because published declarations must not lead to those of the protocol.
export function isContent(kind: string): boolean {
  return kinds.isContent(kind);
}
