/** Counts AWS calls by name, and the units billed for them. */
export class Meter {
  readonly calls = new Map<string, number>();
  readUnits = 0;
  writeUnits = 0;
  /** Messages published. AWS bills one request per message, even in a batch. */
  published = 0;

  count(name: string, times = 1): void {
    this.calls.set(name, (this.calls.get(name) ?? 0) + times);
  }

  callCount(name: string): number {
    return this.calls.get(name) ?? 0;
  }
}
