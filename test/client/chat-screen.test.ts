import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import type { Screen } from "../../terminal/screen.ts";
import { openTerminal } from "../../terminal/terminal-screen.ts";
import { TinyTerminal } from "./support/tiny-terminal.ts";

const COLUMNS = 20;

let keyboard: PassThrough;
let terminal: TinyTerminal;
let screen: Screen;
let typed: string[];

beforeEach(() => {
  keyboard = new PassThrough();
  terminal = new TinyTerminal(COLUMNS);
  typed = [];
  const listener = {
    typed: (line: string) => {
      typed.push(line);
      screen.print(`you said ${line.length}`);
    },
    ended: () => {},
    interrupted: () => {},
  };
  const input = Object.assign(keyboard, { isTTY: true }) as unknown as NodeJS.ReadStream;
  screen = openTerminal(input, terminal as unknown as NodeJS.WriteStream, listener);
  screen.setPrompt("bob > ");
});

const type = (keys: string) => keyboard.emit("data", Buffer.from(keys));
const LEFT = "\u001b[D";

describe("the terminal", () => {
  test("what arrives stands above what is being typed, which stays with its cursor", () => {
    type(`hello${LEFT}${LEFT}`);
    const { column } = terminal.cursor;
    screen.print("10:02 bob  hi");
    screen.print("10:03 bob  there?");
    expect(terminal.screen).toBe("10:02 bob  hi\n10:03 bob  there?\nbob > hello");
    expect(terminal.cursor).toEqual({ row: 2, column });
    type("-");
    expect(terminal.screen).toContain("bob > hel-lo");
  });

  test.each(["typed", "pasted"])("also when what is %s is longer than a row, or exactly one", (how) => {
    for (const length of [13, 14, 15, 33, 34, 35, 60]) {
      for (const keys of how === "pasted" ? ["x".repeat(length)] : "x".repeat(length)) type(keys);
      screen.print("a line");
      screen.print("a line that is longer than one row");
      const all = terminal.screen.replaceAll("\n", "");
      expect(all.endsWith(`bob > ${"x".repeat(length)}`), `${length} typed:\n${terminal.screen}`).toBe(true);
      expect(all.match(/bob > /g), `${length} typed:\n${terminal.screen}`).toHaveLength(1);
      type("\r");
      expect(typed.pop()).toBe("x".repeat(length));
    }
  });

  test("a sent line leaves the prompt; it comes back as a message or not at all", () => {
    type("hello\r");
    expect(terminal.screen).toBe("you said 5\nbob >");
    type("x".repeat(14));
    type("\r");
    type("y".repeat(50));
    type("\r");
    expect(terminal.screen).toBe("you said 5\nyou said 14\nyou said 50\nbob >");
  });

  test("pasted lines are so many messages", () => {
    type("one\rtwo two\rthree");
    expect(typed).toEqual(["one", "two two"]);
    expect(terminal.screen).toBe("you said 3\nyou said 7\nbob > three");
  });

  test("another prompt keeps what is typed", () => {
    type("hel");
    screen.setPrompt("bob · 1 sending > ");
    screen.setPrompt("bob > ");
    type("lo");
    expect(terminal.screen).toBe("bob > hello");
  });

  test("closing leaves no prompt behind", () => {
    type("unsent");
    screen.close();
    screen.print("left");
    expect(terminal.screen).toBe("left");
  });
});
