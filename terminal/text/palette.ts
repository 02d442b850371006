import { styleText } from "node:util";

type Paint = (text: string) => string;

export interface Palette {
  readonly colours: boolean;
  readonly dim: Paint;
  readonly bold: Paint;
  readonly green: Paint;
  readonly red: Paint;
  readonly bar: Paint;
  /** A name, in a colour of its own. */
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

/** What every line depends on besides its own subject. */
export interface Style {
  readonly palette: Palette;
  /** The one who looks at the screen. */
  readonly user: string;
  readonly nowMs: number;
  /** IANA name; the machine's own if not given. */
  readonly timeZone?: string | undefined;
  /** Shows the numbers of entries. @default false */
  readonly numbers?: boolean;
}
