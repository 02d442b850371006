import { displayName } from "../../../../client/src/ui.ts";

/** Name of a user, or title of a conversation, which cannot reorder the words around it. */
export function Name({ of: name }: { of: string }) {
  return <bdi>{displayName(name)}</bdi>;
}
