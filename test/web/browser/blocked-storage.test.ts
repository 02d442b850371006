import { describe, expect, test } from "vitest";
import { openWebApp } from "./support/web-app.ts";
import { WireUser } from "./support/wire-user.ts";

const NOT_KEPT =
  "This browser does not keep everything for this page: drafts, unsent messages or your sign-in may be gone after a reload.";

type Way = "missing" | "null" | "throws on access" | "throws on use" | "full" | "hangs";

/** A part of the platform, and the ways in which browsers are known to withhold it. */
interface Part {
  readonly owner: "window" | "navigator" | "crypto" | "Intl";
  readonly ways: readonly Way[];
  /** Ways in which the page cannot keep something, and says so. */
  readonly unkept: readonly Way[];
}

const PARTS: Record<string, Part> = {
  localStorage: {
    owner: "window",
    ways: ["missing", "null", "throws on access", "throws on use", "full"],
    unkept: ["missing", "null", "throws on access", "throws on use", "full"],
  },
  sessionStorage: {
    owner: "window",
    ways: ["missing", "null", "throws on access", "throws on use", "full"],
    unkept: ["missing", "null", "throws on access", "throws on use", "full"],
  },
  indexedDB: {
    owner: "window",
    ways: ["missing", "null", "throws on access", "throws on use", "full", "hangs"],
    unkept: ["missing", "null", "throws on access", "throws on use", "full", "hangs"],
  },
  // Without locks, everything is kept, but by one tab at a time.
  locks: {
    owner: "navigator",
    ways: ["missing", "null", "throws on access", "throws on use", "hangs"],
    unkept: ["hangs"],
  },
  randomUUID: { owner: "crypto", ways: ["missing", "null", "throws on access", "throws on use"], unkept: [] },
  BroadcastChannel: {
    owner: "window",
    ways: ["missing", "null", "throws on access", "throws on use"],
    unkept: [],
  },
  Segmenter: { owner: "Intl", ways: ["missing", "null", "throws on access", "throws on use"], unkept: [] },
};

/** Runs in the page before anything else: withholds a part, and records every notice of the page. */
function withhold({ owner, part, way }: { owner: string; part: string; way: string }): void {
  const notices: string[] = [];
  Object.assign(globalThis, { notices });
  new MutationObserver(() => {
    const text = document.querySelector(".toast p")?.firstChild?.textContent ?? "";
    if (text !== "" && text !== notices.at(-1)) notices.push(text);
  }).observe(document, { childList: true, characterData: true, subtree: true });

  const holder = (owner === "window" ? globalThis : Reflect.get(globalThis, owner)) as object;
  const define = (value: () => unknown) =>
    Object.defineProperty(holder, part, { get: value, configurable: true });
  const deny = (): never => {
    throw new DOMException("denied", "SecurityError");
  };
  if (way === "missing") return void define(() => undefined);
  if (way === "null") return void define(() => null);
  if (way === "throws on access") return void define(deny);

  const fill = (): never => {
    throw new DOMException("full", "QuotaExceededError");
  };
  if (way === "full") {
    // The other storage has the same prototype.
    const full = Reflect.get(globalThis, part) as object;
    const setItem = Storage.prototype.setItem;
    Storage.prototype.setItem = function (key, value) {
      if (this === full) fill();
      setItem.call(this, key, value);
    };
    if (part === "indexedDB") IDBObjectStore.prototype.put = fill;
    return;
  }
  const misbehave = way === "hangs" ? () => new Promise(() => {}) : deny;
  if (part === "indexedDB") IDBFactory.prototype.open = (way === "hangs" ? () => ({}) : deny) as never;
  else if (part === "locks") LockManager.prototype.request = misbehave as never;
  else if (owner === "window" && part.endsWith("Storage")) {
    const broken = new Proxy({}, { get: () => deny, ownKeys: deny });
    define(() => broken);
  } else
    define(() => () => {
      deny();
    });
}

const app = openWebApp();

async function chat(owner: Part["owner"], part: string, way: Way) {
  const bob = await WireUser.connect(app, app.uniqueName("bob"));
  const alice = await app.person("alice", {
    prepare: (page) => page.addInitScript(withhold, { part, owner, way }),
  });
  await bob.writes(alice.name, "how are you?");
  await alice.opens(bob.name);
  await alice.sees("how are you?");
  await alice.says("fine", "and you?");
  const answers = await bob.receives("and you?");
  await alice.row(bob.name).getByRole("img", { name: "Waiting to be sent" }).waitFor({ state: "detached" });
  await bob.close();
  const texts = await alice.texts();
  const notices = await alice.page.evaluate(() => (globalThis as unknown as { notices: string[] }).notices);
  return { texts, answers, notices };
}

describe.each(Object.entries(PARTS))("in a browser that withholds %s", (part, { owner, ways, unkept }) => {
  test.each(ways)("(%s) one signs in, reads and answers, and what is not kept is said once", async (way) => {
    expect(await chat(owner, part, way)).toEqual({
      texts: ["how are you?", "fine", "and you?"],
      answers: ["fine", "and you?"],
      notices: unkept.includes(way) ? [NOT_KEPT] : [],
    });
  });
});
