import { styleText } from "node:util";

type Paint = (text: string) => string;

export interface Palette {
  readonly colours: boolean;
  readonly dim: Paint;
  readonly bold: Paint;
  readonly green: Paint;
  readonly red: Paint;
  /** Inverse video, for the title bar. */
  readonly bar: Paint;
  /** Paints a name in a colour derived from it. */
  person(name: string): string;
}

const PEOPLE = ["cyan", "magenta", "yellow", "blue", "green"] as const;

export function createPalette(colours: boolean): Palette {
  const style =
    (format: Parameters<typeof styleText>[0]): Paint =>
    (text) =>
      colours ? styleText(format, text, { validateStream: false }) : text;
  const people = PEOPLE.map((colour) => style([colour, "bold"]));
  return {
    colours,
    dim: style("dim"),
    bold: style("bold"),
    green: style(["green", "bold"]),
    red: style("red"),
    bar: style("inverse"),
    person: (name) => people[sum(name.trim()) % people.length]?.(name) ?? name,
  };
}

function sum(text: string): number {
  return [...text].reduce((total, character) => (total * 31 + (character.codePointAt(0) ?? 0)) % 65_521, 7);
}

/** Everything that formatted lines depend on besides their subject. */
export interface Style {
  readonly palette: Palette;
  /** User who looks at the screen. */
  readonly user: string;
  readonly nowMs: number;
  /** IANA name. @default the time zone of the machine */
  readonly timeZone?: string | undefined;
  /** Shows the sequence numbers of entries. @default false */
  readonly numbers?: boolean;
}
