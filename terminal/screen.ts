/** Where lines are printed and typed. */
export interface Screen {
  /** Width of a line; undefined where lines have no width. */
  readonly columns: number | undefined;
  print(line: string): void;
  /** What stands before the line being typed. */
  setPrompt(prompt: string): void;
  close(): void;
}

export interface ScreenListener {
  typed(line: string): void;
  /** No more lines will come. */
  ended(): void;
  /** Ctrl+C. */
  interrupted(): void;
}
