import type { CDPSession, Locator, Page } from "playwright-core";

interface Key {
  readonly key: string;
  readonly code?: string;
  readonly windowsVirtualKeyCode?: number;
  readonly text?: string;
}

export const ENTER: Key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" };
/** Enter as an input method leaves it to the page. */
export const COMPOSITION_ENTER: Key = { ...ENTER, windowsVirtualKeyCode: 229 };
export const ARROW_DOWN: Key = { key: "ArrowDown", code: "ArrowDown", windowsVirtualKeyCode: 40 };

/** A place in the window. */
interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Puts input into the browser's queue without waiting for the page to handle it, as fast hands on a slow machine do.
 * Playwright's own methods wait, and so never meet a page that is behind.
 */
export class RawInput {
  readonly #session: CDPSession;
  #queued: Promise<unknown>[] = [];

  constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(page: Page): Promise<RawInput> {
    return new RawInput(await page.context().newCDPSession(page));
  }

  /** Makes the processor this many times slower. */
  async throttle(rate: number): Promise<void> {
    await this.#session.send("Emulation.setCPUThrottlingRate", { rate });
  }

  click({ x, y }: Point): void {
    const button = { x, y, button: "left", clickCount: 1 } as const;
    this.#queue(this.#session.send("Input.dispatchMouseEvent", { type: "mousePressed", ...button }));
    this.#queue(this.#session.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...button }));
  }

  tap(point: Point): void {
    this.#queue(this.#session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [point] }));
    this.#queue(this.#session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] }));
  }

  press(key: Key): void {
    this.#queue(this.#session.send("Input.dispatchKeyEvent", { type: "keyDown", ...key }));
    const { text: _, ...released } = key;
    this.#queue(this.#session.send("Input.dispatchKeyEvent", { type: "keyUp", ...released }));
  }

  type(text: string): void {
    for (const key of text) this.press({ key, text: key });
  }

  /** Begins a composition of an input method in the field that has the focus. */
  async compose(text: string): Promise<void> {
    const at = text.length;
    await this.#session.send("Input.imeSetComposition", { text, selectionStart: at, selectionEnd: at });
  }

  /** Ends the composition with this text. */
  async commit(text: string): Promise<void> {
    await this.#session.send("Input.insertText", { text });
  }

  /** Starts going to an address or through the history, as the browser's own controls do. */
  goTo(url: string): void {
    this.#queue(this.#session.send("Page.navigate", { url }));
  }

  async goBy(steps: number): Promise<void> {
    const { currentIndex, entries } = await this.#session.send("Page.getNavigationHistory");
    const entryId = entries[currentIndex + steps]?.id;
    if (entryId === undefined) throw new Error(`the history has no entry ${steps} from here`);
    this.#queue(this.#session.send("Page.navigateToHistoryEntry", { entryId }));
  }

  /** Resolves when the page has handled everything. */
  async handled(): Promise<void> {
    await Promise.all(this.#queued);
    this.#queued = [];
  }

  #queue(sent: Promise<unknown>): void {
    this.#queued.push(sent);
  }
}

/** Returns the middle of an element. */
export async function middleOf(element: Locator): Promise<Point> {
  const box = await element.boundingBox();
  if (box === null) throw new Error("the element is not on the screen");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
