/** Fields of the line that a function logs at DEBUG for each append. */
interface CommittedLine {
  readonly message: string;
  readonly conversation: string;
  readonly fromSeq: number;
  readonly toSeq: number;
}

/** Counts the entries that each function appended, from the functions' log lines at DEBUG. */
export class AppendCounter {
  readonly #counts = new Map<string, number>();

  readonly onLog = (functionName: string, line: string): void => {
    if (!line.includes('"committed"')) return;
    const { message, conversation, fromSeq, toSeq } = JSON.parse(line) as CommittedLine;
    if (message !== "committed") return;
    const key = `${functionName} ${conversation}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + toSeq - fromSeq + 1);
  };

  entries(functionName: string, conversation: string): number {
    return this.#counts.get(`${functionName} ${conversation}`) ?? 0;
  }
}
