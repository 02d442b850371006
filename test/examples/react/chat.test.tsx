// @vitest-environment happy-dom
import axe from "axe-core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Client, type Conversation, createClient } from "../../../client/src/index.ts";
import { App } from "../../../examples/react/src/app.tsx";
import { localOptions } from "../../../examples/react/src/local-options.ts";
import { eventually } from "../../support/eventually.ts";
import { runScript } from "../../support/process.ts";

/** `npm start`, in a process of its own: what belongs to Node is not Node's here. */
async function start(): Promise<void> {
  const script = runScript("local/main.ts", "--port", "0", "--ephemeral");
  onTestFinished(async () => {
    script.child.kill("SIGTERM");
    await script.exitCode;
  });
  const [, url = ""] = await script.says(/Token +curl -s (\S+)\/token[\s\S]*Ready after/);
  // The page asks where it listens by default, which may be taken on this machine.
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", (asked: string, init: RequestInit) =>
    fetch(asked.replace("http://127.0.0.1:4510", url), init),
  );
}

function withAlice(user: string): { client: Client; conversation: Conversation } {
  const client = createClient(localOptions(user));
  onTestFinished(() => client.close());
  client.connect();
  return { client, conversation: client.conversation({ user: "alice" }) };
}

const seen = (what: string, check: () => boolean | undefined) =>
  eventually(what, check, { timeoutMs: 15_000 });
const labelled = (label: string) => document.querySelector<HTMLElement>(`[aria-label="${label}"]`);
const messages = () => [...(labelled("Messages")?.children ?? [])].map(({ textContent }) => textContent);
const tick = () => [...document.querySelectorAll("li [role=img]")].at(-1)?.getAttribute("aria-label");
const button = (name: RegExp) =>
  [...document.querySelectorAll("button")].find(({ textContent }) => name.test(textContent));

async function fill(label: string, text: string): Promise<void> {
  await seen(label, () => labelled(label) !== null);
  const input = labelled(label) as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  // As Enter does; happy-dom's requestSubmit names a submitter that is none.
  input.form?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
}

test("two people chat: ticks, typing, unread and earlier messages", async () => {
  await start();
  const { client: bobsClient, conversation: bob } = withAlice("bob");
  const { conversation: carol } = withAlice("carol");
  await Promise.all(Array.from({ length: 60 }, (_, index) => carol.send(`news ${index + 1}`).seq));

  const root = createRoot(document.body.appendChild(document.createElement("div")));
  onTestFinished(() => root.unmount());
  root.render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  await fill("Your name", "alice");
  await seen("the connection", () => document.querySelector("[role=status]")?.textContent === "online");

  await fill("Write to", "bob");
  await fill("Message", "hello Bob");
  await seen("the message in sight", () => messages()[0]?.startsWith("hello Bob"));
  await seen("the message at Bob's", () => bob.view.getSnapshot().entries.length === 1);
  await seen("that it has arrived", () => tick() === "delivered");
  expect((labelled("Message") as HTMLInputElement).value).toBe("");
  bob.markRead();
  await seen("that it is read", () => tick() === "read");

  bob.typing();
  await seen("Bob typing", () => document.body.textContent.includes("bob typing…"));
  const answer = bob.send("hello Alice");
  await seen("his answer", () => messages()[1] === "hello Alice");
  await seen("that she has read it", () => answer.state === "read");
  expect(document.body.textContent).not.toContain("typing");

  const { violations } = await axe.run(document.body);
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
  expect(button(/^carol news 60/)?.textContent).toMatch(/60 unread/);
  expect(document.querySelector("h2")?.textContent).toBe("bob");
  (labelled("Message") as HTMLInputElement).value = "half a sentence to Bob";
  button(/^carol/)?.click();
  await seen("what Carol wrote last", () => messages().at(-1) === "news 60");
  await seen("nothing unread", () => button(/^carol/)?.textContent === "carol news 60");
  expect((labelled("Message") as HTMLInputElement).value).toBe("");
  expect(messages()).toHaveLength(25);
  button(/^Earlier/)?.click();
  await seen("what she wrote first", () => messages()[0] === "news 1");
  expect(messages()).toHaveLength(60);
  expect(button(/^Earlier/)).toBeUndefined();

  const lunch = await bobsClient.createGroup({ title: "Lunch", members: ["alice"] });
  lunch.send("where today?");
  await seen("the group", () => button(/^Lunch/) !== undefined);
  button(/^Lunch/)?.click();
  await seen("who has written there", () => messages().at(-1) === "bob where today?");
});

test("where no token is to be had, it says why", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ message: "No gateway is running." }, { status: 503 }));
  const { token } = localOptions("alice");
  await expect(token()).rejects.toThrow('no token: {"message":"No gateway is running."}');
});
