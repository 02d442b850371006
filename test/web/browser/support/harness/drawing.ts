/** Entry that the harness shows. */
export interface DrawnEntry {
  readonly kind: string;
  readonly sender: string;
  readonly body: unknown;
  readonly reactions?: Readonly<Record<string, readonly string[]>>;
}

/** The entries as they are seen. */
export interface Drawing {
  readonly texts: readonly string[];
  /** Number of rows that are too many; negative if some are missing. */
  readonly failed: number;
  /** Number of rows that say that they cannot be shown. */
  readonly fallbacks: number;
  readonly scrollsSideways: boolean;
  /** Texts of what is painted outside of the list. */
  readonly outside: readonly string[];
  readonly initials: readonly string[];
}
