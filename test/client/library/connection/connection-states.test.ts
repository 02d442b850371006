import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ClientState, ClosedError, createClient, type Token } from "../../../../client/src/index.ts";
import { wireError } from "../../../../protocol/index.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { Page } from "../../support/page.ts";
import { settled, Wire } from "../../support/wire.ts";

const STATES = { offline: true, connecting: true, online: true, ended: true } satisfies Record<
  ClientState,
  true
>;
const SECTION = "## The states of a client";
const DASH = "—";
/** A connection is replaced a minute before its token expires. */
const RENEW_BEFORE_MS = 60_000;
const RENEWAL_MS = 15_000;
const HOUR_MS = 60 * 60_000;

interface Cell {
  readonly event: string;
  /** A state, and what tells two columns of the same state apart. */
  readonly before: string;
  readonly after: string;
  readonly effect: string | undefined;
}

const [header = [], ...rows] = readTable();
const events = rows.map(([event = ""]) => event);
const columns = header.slice(1);
const cells = rows.flatMap(([event = "", ...texts]) =>
  texts.flatMap((text, index): Cell[] => {
    if (text === DASH) return [];
    const [, after = "", effect] = /^`(\w+)`(?:: (.*))?$/.exec(text) ?? [];
    return [{ event, before: columns[index] ?? "", after, effect }];
  }),
);

function readTable(): string[][] {
  const readme = readFileSync(join(import.meta.dirname, "../../../../client/README.md"), "utf8");
  const [, section = ""] = readme.split(`${SECTION}\n`);
  const [table = ""] = section.split("\n## ");
  return table
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.startsWith("|---"))
    .map((line) => line.slice(1, -1).split("|"))
    .map((row) => row.map((text) => text.trim()));
}

/** A client whose token, server, clock and page are in the hands of the test. */
class Scene {
  readonly page = new Page();
  readonly wire = new Wire();
  readonly clock = new ManualClock();
  readonly errors: string[] = [];
  tokenLivesMs = RENEWAL_MS + RENEW_BEFORE_MS;
  readonly #tokens: PromiseWithResolvers<Token>[] = [];
  readonly client = createClient({
    user: undefined,
    url: this.wire.url,
    token: () => {
      const token = Promise.withResolvers<Token>();
      this.#tokens.push(token);
      return token.promise;
    },
    transport: this.wire.transport,
    clock: this.clock,
    random: () => 0.5,
  } as Parameters<typeof createClient>[0]);

  constructor() {
    this.client.on("error", ({ code }) => this.errors.push(code));
  }

  get tokensAsked(): number {
    return this.#tokens.length;
  }

  async grant(user = "alice"): Promise<void> {
    const claims = Buffer.from(JSON.stringify({ sub: user })).toString("base64url");
    const expiresAtMs = this.clock.nowMs() + this.tokenLivesMs;
    this.#tokens.at(-1)?.resolve({ token: `e30.${claims}.c2ln`, expiresAtMs });
    await settled();
  }

  async refuseToken(): Promise<void> {
    this.#tokens.at(-1)?.reject(new Error("no network"));
    await settled();
  }

  async pass(byMs: number): Promise<void> {
    this.clock.advance(byMs);
    await settled();
  }

  /** Opens the connection whose token was just requested. */
  async open(): Promise<void> {
    await this.grant();
    await this.wire.last.open();
  }

  async sync(): Promise<void> {
    await this.wire.last.answer("sync", { conversations: [] });
  }

  async failSync(end = this.wire.last): Promise<void> {
    const id = end.of("sync").at(-1)?.id ?? "";
    await end.push({ type: "reply", id, result: { conversations: "none" } } as never);
  }

  async renew(): Promise<void> {
    await this.pass(RENEWAL_MS);
  }

  get current() {
    const [first] = this.wire.ends;
    if (first === undefined) throw new Error("the client has not connected");
    return first;
  }
}

let scene: Scene;

beforeEach(() => {
  scene = new Scene();
});

afterEach(() => {
  scene.client.close();
  vi.unstubAllGlobals();
});

/** Brings a new client into the state of a column. */
const PREPARE: Record<string, () => Promise<void>> = {
  "`offline`, new": async () => {},
  "`connecting`": async () => {
    scene.client.connect();
    await settled();
  },
  "`online`": async () => {
    scene.client.connect();
    await settled();
    await scene.open();
    await scene.sync();
  },
  "`offline`, waiting": async () => {
    scene.client.connect();
    await settled();
    await scene.refuseToken();
  },
  "`ended`": async () => scene.client.close(),
};

type Drive = () => Promise<void> | void;
/** The ways in which an event can happen. */
type Ways = Readonly<Record<string, Drive>>;

const final = { type: "error", error: wireError("evicted"), final: true } as const;
const unauthenticated = { type: "error", error: wireError("unauthenticated") } as const;

/** Makes an event happen: to a connection that is opening or syncing if the client is connecting, else to the open one. */
const DRIVE: Record<string, Ways> = {
  "`connect()` is called": {
    once: () => {
      if (scene.client.state === "ended") expect(() => scene.client.connect()).toThrow(ClosedError);
      else scene.client.connect();
    },
  },
  "`token` or `url` rejects, or the token is another user's": {
    "the token rejects": () => scene.refuseToken(),
    "another user": async () => {
      await scene.open();
      await scene.wire.last.cut();
      await scene.pass(15_000);
      expect(scene.client.state).toBe("connecting");
      await scene.grant("mallory");
      expect(scene.wire.ends).toHaveLength(1);
    },
  },
  "the connection is not open after `timings.openWithinMs`": {
    "no token": () => scene.pass(30_000),
    "no socket": async () => {
      await scene.grant();
      await scene.pass(30_000);
    },
  },
  "the connection opens": {
    once: async () => {
      await scene.open();
      expect(scene.wire.last.of("sync")).toHaveLength(1);
    },
  },
  "the sync is complete": {
    once: async () => {
      if (scene.client.state === "online") await scene.current.push({ type: "pong", resync: true });
      else await scene.open();
      await scene.sync();
    },
  },
  "the sync fails": {
    once: async () => {
      if (scene.client.state === "online") await scene.current.push({ type: "pong", resync: true });
      else await scene.open();
      await scene.failSync();
    },
  },
  "the connection ends, or does not answer a ping": {
    "ends while opening": async () => {
      if (scene.client.state === "connecting") await scene.grant();
      await scene.wire.last.cut();
    },
    "ends while syncing": async () => {
      if (scene.client.state === "connecting") await scene.open();
      await scene.wire.last.cut();
    },
    "no pong": async () => {
      if (scene.client.state === "connecting") {
        scene.tokenLivesMs = HOUR_MS;
        await scene.open();
        // A sync without a reply causes a ping.
        await scene.pass(15_000);
        await scene.pass(9_999);
      } else {
        scene.page.show("visible");
        await scene.pass(4_999);
      }
      expect(scene.wire.ends[0]?.of("ping")).toHaveLength(1);
      await scene.pass(1);
    },
  },
  "the server refuses the token (`unauthenticated`)": {
    once: async () => {
      if (scene.client.state === "connecting") await scene.open();
      const asked = scene.tokensAsked;
      await scene.wire.last.push(unauthenticated);
      expect(scene.tokensAsked).toBe(asked);
    },
  },
  "the server sends a final error": {
    once: async () => {
      if (scene.client.state === "connecting") await scene.open();
      await scene.wire.last.push(final);
    },
  },
  "the server reports missed pushes (`resync`)": {
    once: async () => {
      if (scene.client.state === "connecting") await scene.open();
      await scene.wire.last.push({ type: "pong", resync: true });
    },
  },
  "the delay before the next attempt is over": { once: () => scene.pass(125) },
  "the network has gone, as the browser says": {
    once: async () => {
      scene.page.networkIsGone();
      await settled();
    },
  },
  "the page or the device wakes, or the network is back": {
    visible: async () => {
      scene.page.show("visible");
      await settled();
    },
    network: async () => {
      scene.page.networkIsBack();
      await settled();
    },
  },
  "the connection is about to expire": { once: () => scene.renew() },
  "the replacement is in sync": {
    once: async () => {
      await scene.renew();
      await scene.open();
      await scene.sync();
    },
  },
  "the replacement fails": {
    "no token": async () => {
      await scene.renew();
      await scene.refuseToken();
    },
    "it does not open": async () => {
      await scene.renew();
      await scene.pass(30_000);
    },
    "it ends": async () => {
      await scene.renew();
      await scene.open();
      await scene.wire.last.cut();
    },
    "its sync fails": async () => {
      await scene.renew();
      await scene.open();
      await scene.failSync();
    },
  },
  "the connection ends while its replacement is opening": {
    ends: async () => {
      await scene.renew();
      await scene.current.cut();
    },
    "is evicted by it": async () => {
      await scene.renew();
      await scene.open();
      await scene.current.push(final);
    },
  },
  "the connection ends while its replacement waits for the next attempt": {
    once: async () => {
      await scene.renew();
      await scene.refuseToken();
      await scene.current.cut();
    },
  },
  "`send()` is called": {
    once: () => {
      const send = () => scene.client.send({ user: "bob" }, "hello");
      if (scene.client.state === "ended") expect(send).toThrow(ClosedError);
      else send().done.catch(() => {});
    },
  },
  "a request is made (`block()`, `loadOlder()`)": {
    block: async () => {
      const { state } = scene.client;
      const blocked = scene.client.block("mallory");
      if (state === "online") blocked.catch(() => {});
      else await expect(blocked).rejects.toMatchObject({ temporary: state !== "ended" });
    },
    loadOlder: async () => {
      const { state } = scene.client;
      const older = scene.client.loadOlder("any");
      if (state === "online") await expect(older).resolves.toEqual({ entries: [], more: false });
      else await expect(older).rejects.toMatchObject({ temporary: state !== "ended" });
    },
  },
  "`close()` or `signOut()` is called": {
    close: () => scene.client.close(),
    signOut: () => scene.client.signOut(),
  },
};

/** Checks what a cell says happens besides the change of state. An effect that the table names must be here. */
const EFFECTS: Record<string, (before: { tokens: number; ends: number }) => Promise<void> | void> = {
  "asks for a token": ({ tokens }) => expect(scene.tokensAsked).toBeGreaterThan(tokens),
  "tries again later": async () => {
    const asked = scene.tokensAsked;
    await scene.pass(15_000);
    expect(scene.tokensAsked).toBeGreaterThan(asked);
  },
  "tries again with a new token": async () => {
    const asked = scene.tokensAsked;
    await scene.pass(15_000);
    expect(scene.tokensAsked).toBeGreaterThan(asked);
  },
  syncs: () => expect(scene.wire.last.of("sync").length).toBeGreaterThan(0),
  "sends unsent entries": () => expect(scene.wire.last.of("send")).toHaveLength(1),
  "`error`": () => expect(scene.errors).toEqual(["evicted"]),
  "sends a ping": () => expect(scene.current.of("ping")).toHaveLength(1),
  "opens a replacement": ({ tokens }) => expect(scene.tokensAsked).toBe(tokens + 1),
  "closes the old connection": () =>
    expect(scene.wire.ends.map(({ released }) => released)).toEqual([true, false]),
  "queues the entry": () => {
    expect(scene.client.pending()).toHaveLength(1);
    expect(scene.wire.ends.flatMap((end) => end.of("send"))).toEqual([]);
  },
  "sends the entry": () => expect(scene.current.of("send")).toHaveLength(1),
  // The driver of the event has seen it.
  "throws `ClosedError`": () => {},
  "rejects as temporary": () => {},
  "rejects with `ClosedError`": () => {},
  "asks the server": () => {},
};

describe("the table of the client's states", () => {
  test("has every state, and no other", () => {
    const named = columns.map((column) => /^`(\w+)`/.exec(column)?.[1]);
    expect(new Set(named)).toEqual(new Set(Object.keys(STATES)));
    expect(columns.toSorted()).toEqual(Object.keys(PREPARE).toSorted());
  });

  test("has every event, and no other", () => {
    expect(events.toSorted()).toEqual(Object.keys(DRIVE).toSorted());
  });

  test("says what happens in each state where an event can happen", () => {
    for (const row of rows) expect(row).toHaveLength(header.length);
    for (const { after, effect } of cells) {
      expect(Object.keys(STATES)).toContain(after);
      if (effect !== undefined) expect(Object.keys(EFFECTS)).toContain(effect);
    }
  });
});

describe.each(cells)("$before: $event", ({ event, before, after, effect }) => {
  test.each(Object.entries(DRIVE[event] ?? {}))(`%s -> ${after}`, async (_, drive) => {
    await PREPARE[before]?.();
    expect(`\`${scene.client.state}\``).toBe(before.replace(/,.*/, ""));
    // Unsent entries that a connection in sync sends.
    if (effect === "sends unsent entries") scene.client.send({ user: "bob" }, "early").done.catch(() => {});
    const counts = { tokens: scene.tokensAsked, ends: scene.wire.ends.length };
    await drive();
    expect(scene.client.state).toBe(after);
    if (effect !== undefined) await EFFECTS[effect]?.(counts);
  });
});
