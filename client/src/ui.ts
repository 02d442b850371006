/** Helpers that user interfaces share: words for entries, names and characters, keys for lists, and whose presence to watch. */

export { recipientKey } from "./api/recipient-key.ts";
export { describeEntry, type Phrase, type PhrasePart } from "./ui/describe-entry.ts";
export {
  displayName,
  isolatedName,
  isolatedText,
  isRightToLeft,
  withoutBidiControls,
} from "./ui/display-name.ts";
export { graphemes } from "./ui/graphemes.ts";
export { isContent } from "./ui/is-content.ts";
export { isDeletedAccount } from "./ui/is-deleted-account.ts";
export { isPlainName, isPlainTitle } from "./ui/plain-name.ts";
export { type ScreenContent, type Watch, whoToWatch } from "./ui/who-to-watch.ts";
