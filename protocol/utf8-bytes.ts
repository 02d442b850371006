const encoder = new TextEncoder();

/** Size of a string on the wire and in the table: bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}
