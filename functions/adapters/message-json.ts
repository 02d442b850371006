/**
 * Serializes a message body. SQS takes every character JSON leaves unescaped except U+FFFE and U+FFFF (SendMessage:
 * "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"), so these are escaped too.
 */
export function messageJson(value: object): string {
  return escapeNoncharacters(JSON.stringify(value));
}

/**
 * Replaces the two characters by `\ufffe` and `\uffff`. In JSON that is the same text; in an attribute it is the
 * closest possible.
 */
export function escapeNoncharacters(text: string): string {
  return text.replaceAll("\ufffe", "\\ufffe").replaceAll("\uffff", "\\uffff");
}
