/** A part of an ordered list: what comes after one name, up to another, or to the end. */
export interface Part {
  readonly after: string;
  readonly until: string | undefined;
}

/**
 * Divides what comes after a name, up to `until`, into parts of at most `size` names. `readAfter` reads the next names,
 * and returns the last one that it has looked at if there are more. The last part has no end of its own, so that names
 * that are added meanwhile are in a part, too.
 */
export async function divide(
  after: string,
  until: string | undefined,
  size: number,
  readAfter: (
    after: string,
  ) => Promise<{ readonly names: readonly string[]; readonly next: string | undefined }>,
): Promise<Part[]> {
  const names: string[] = [];
  for (let from: string | undefined = after; from !== undefined; ) {
    const page = await readAfter(from);
    names.push(...page.names);
    from = page.next;
  }
  const starts = [after, ...names.filter((_, index) => (index + 1) % size === 0 && index + 1 < names.length)];
  return starts.map((start, index) => ({ after: start, until: starts[index + 1] ?? until }));
}
