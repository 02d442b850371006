/**
 * Serializes a message body. SQS takes every character JSON leaves unescaped except U+FFFE and U+FFFF (SendMessage:
 * "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"), so these are escaped too.
 */
export function messageJson(value: object): string {
  return JSON.stringify(value).replaceAll("\ufffe", "\\ufffe").replaceAll("\uffff", "\\uffff");
}
