/** Calls to AWS by name, and what it bills for them. */
export class Meter {
  readonly calls = new Map<string, number>();
  readUnits = 0;
  writeUnits = 0;
  /** Messages published; AWS bills one request each, also of a batch. */
  published = 0;

  count(name: string, times = 1): void {
    this.calls.set(name, (this.calls.get(name) ?? 0) + times);
  }

  callCount(name: string): number {
    return this.calls.get(name) ?? 0;
  }
}
