/** Where a script's words go: to the program that reads them, and to whoever looks on. */
export interface ScriptOutput {
  print(line: string): void;
  complain(text: string): void;
}
