import type { Outcome, SettledFinding } from "./examine.ts";
import type { CapacityMeter } from "./table/capacity-meter.ts";

/** The worst outcome first: a conversation is counted by the worst of its findings. */
const OUTCOMES = ["left", "open", "marked", "mended"] as const satisfies readonly Outcome[];

const WORDS: Readonly<Record<Outcome, string>> = {
  left: "left",
  open: "to be mended or marked (--mend)",
  marked: "marked",
  mended: "mended",
};

/** Findings of a whole table. Only damaged conversations take memory. */
export class HeadsReport {
  readonly table: string;
  readonly #meter: Pick<CapacityMeter, "units">;
  #conversations = 0;
  readonly #damaged = new Map<string, SettledFinding[]>();

  constructor(table: string, meter: Pick<CapacityMeter, "units">) {
    this.table = table;
    this.#meter = meter;
  }

  get conversations(): number {
    return this.#conversations;
  }

  /** True if nothing is left that is neither mended nor marked. */
  get isSettled(): boolean {
    return this.#counts().left === 0 && this.#counts().open === 0;
  }

  /** Counts a conversation of which the table has more than inbox rows. */
  count(): void {
    this.#conversations += 1;
  }

  add(conversation: string, findings: readonly SettledFinding[]): void {
    if (findings.length === 0) return;
    const byText = new Map(
      (this.#damaged.get(conversation) ?? []).map((finding) => [finding.detail, finding]),
    );
    for (const finding of findings) byText.set(finding.detail, finding);
    this.#damaged.set(conversation, [...byText.values()]);
  }

  /** Report for programs. */
  toJson(): object {
    const { read, write } = this.#meter.units;
    return {
      table: this.table,
      conversations: this.#conversations,
      ...this.#counts(),
      readUnits: read,
      writeUnits: write,
      findings: [...this.#damaged].flatMap(([conversation, findings]) =>
        findings.map((finding) => ({ conversation, ...finding })),
      ),
    };
  }

  /** Report for people: a block for each damaged conversation, and a summary. */
  format(): string {
    const blocks = [...this.#damaged].map(([conversation, findings]) =>
      [conversation, ...findings.flatMap(linesOf)].join("\n"),
    );
    return [...blocks, this.#summary()].join("\n\n");
  }

  #summary(): string {
    const { fine, ...counts } = this.#counts();
    const { read, write } = this.#meter.units;
    const others = OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
      (outcome) => `${counts[outcome]} ${WORDS[outcome]}`,
    );
    return [
      `${this.#conversations} conversations in ${this.table}: ${[`${fine} fine`, ...others].join(", ")}.`,
      `Consumed ${read} read units and ${write} write units.`,
    ].join("\n");
  }

  #counts(): Record<Outcome | "fine", number> {
    const counts = { fine: 0, left: 0, open: 0, marked: 0, mended: 0 };
    for (const findings of this.#damaged.values()) {
      const worst = OUTCOMES.find((outcome) => findings.some((finding) => finding.outcome === outcome));
      if (worst !== undefined) counts[worst] += 1;
    }
    return { ...counts, fine: Math.max(0, this.#conversations - this.#damaged.size) };
  }
}

function linesOf({ kind, detail, outcome, todo }: SettledFinding): string[] {
  const mark = outcome === "mended" || outcome === "marked" ? "✓" : "✗";
  return [`  ${mark} ${WORDS[outcome]}: ${detail} (${kind})`, ...(todo === undefined ? [] : [`    ${todo}`])];
}
