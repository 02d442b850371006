export interface NewGroup {
  /** 1-100 characters. @default none */
  readonly title?: string;
  /** At most 40, besides this user; more can be added later. */
  readonly members?: readonly string[];
  /** What newcomers may read: from joining on, or everything. It cannot be changed. @default "joined" */
  readonly history?: "joined" | "all";
}
