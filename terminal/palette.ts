import { styleText } from "node:util";

export interface Palette {
  dim(text: string): string;
  bold(text: string): string;
  green(text: string): string;
  red(text: string): string;
}

export function createPalette(colours: boolean): Palette {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colours ? styleText(format, text, { validateStream: false }) : text;
  return { dim: style("dim"), bold: style("bold"), green: style("green"), red: style("red") };
}
