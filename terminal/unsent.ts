/** The last words of who leaves before everything is sent. */
export function unsentWords(count: number, kept: boolean): string {
  const what = count === 1 ? "1 message is" : `${count} messages are`;
  return kept ? `${what} not sent yet; the next chat sends what waits` : `${what} lost unsent`;
}
