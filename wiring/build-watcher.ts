/** Builds again whenever a source changes, until it is closed. */
export interface BuildWatcher {
  close(): Promise<void>;
}

export interface BuildEvents<Name = string> {
  /** Called after each later build than the first that changed something, with the names of the changed outputs. */
  rebuilt(changed: readonly Name[]): void;
  /** Called after each later build than the first that failed. Its errors are printed, and the last good build stays. */
  failed(): void;
}
