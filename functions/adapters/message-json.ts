/**
 * JSON for a message body. SQS takes every character JSON leaves unescaped but U+FFFE and U+FFFF (SendMessage:
 * "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"), so these are escaped too.
 */
export function messageJson(value: object): string {
  return escapeNoncharacters(JSON.stringify(value));
}

/** The two characters as `\ufffe` and `\uffff`: in JSON that is the same text, in an attribute the best there is. */
export function escapeNoncharacters(text: string): string {
  return text.replaceAll("\ufffe", "\\ufffe").replaceAll("\uffff", "\\uffff");
}
