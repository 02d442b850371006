import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LoggedFrame } from "../../../web/src/state/frame-log.ts";
import { Network } from "../../../web/src/state/network.ts";
import { Signal } from "../../../web/src/state/signal.ts";
import { Page } from "../../client/support/page.ts";

let page: Page;
let frames: Signal<readonly LoggedFrame[]>;
let network: Network;

function open(onLine: boolean): void {
  vi.stubGlobal("navigator", { onLine });
  network = new Network(frames);
}

function receive(type = "entries"): void {
  const frame: LoggedFrame = { id: 1, atMs: 1, socket: 1, event: "received", type, entries: [] };
  frames.set([...frames.getSnapshot(), frame]);
}

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
  frames = new Signal<readonly LoggedFrame[]>([]);
});

afterEach(() => {
  network.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the network of the device", () => {
  test("is gone at once when the browser says so, and back likewise", () => {
    open(true);
    expect(network.isGone.getSnapshot()).toBe(false);
    page.dispatchEvent(new Event("offline"));
    expect(network.isGone.getSnapshot()).toBe(true);
    page.dispatchEvent(new Event("online"));
    expect(network.isGone.getSnapshot()).toBe(false);
    network.stop();
    page.dispatchEvent(new Event("offline"));
    expect(network.isGone.getSnapshot()).toBe(false);
  });

  test("is there if a frame arrives that was not on its way already", () => {
    open(true);
    page.dispatchEvent(new Event("offline"));
    receive();
    expect(network.isGone.getSnapshot()).toBe(true);
    vi.advanceTimersByTime(2_001);
    receive();
    expect(network.isGone.getSnapshot()).toBe(false);
  });

  test("is there if a ping is answered", () => {
    open(true);
    page.dispatchEvent(new Event("offline"));
    receive("pong");
    expect(network.isGone.getSnapshot()).toBe(false);
  });

  test("is there on a machine without a network that serves its own page", () => {
    open(false);
    expect(network.isGone.getSnapshot()).toBe(true);
    receive();
    expect(network.isGone.getSnapshot()).toBe(false);
  });
});
