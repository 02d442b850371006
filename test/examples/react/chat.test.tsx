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

/** Runs `npm start` in a process of its own, since happy-dom replaces globals of Node here. */
async function start(): Promise<void> {
  const script = runScript("local/main.ts", "--port", "0", "--ephemeral");
  onTestFinished(async () => {
    script.child.kill("SIGTERM");
    await script.exitCode;
  });
  const [, url = ""] = await script.says(/Token +curl -s (\S+)\/token[\s\S]*Ready after/);
  // The example uses the default port, which may be taken on this machine.
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
  // Like Enter; happy-dom's requestSubmit passes an invalid submitter.
  input.form?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
}

test("two users chat, with ticks, typing, unread counts and earlier messages", async () => {
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
  await seen("the message in the list", () => messages()[0]?.startsWith("hello Bob"));
  await seen("the message to reach Bob", () => bob.view.getSnapshot().entries.length === 1);
  expect((labelled("Message") as HTMLInputElement).value).toBe("");
  // Until both have written, nobody sees ticks or typing.
  await bob.send("hi").seq;
  await seen("the delivered tick", () => tick() === "delivered");
  bob.markRead();
  await seen("the read tick", () => tick() === "read");

  bob.typing();
  await seen("Bob typing", () => document.body.textContent.includes("bob typing…"));
  const answer = bob.send("hello Alice");
  await seen("his answer", () => messages()[2] === "hello Alice");
  await seen("Alice to have read it", () => answer.state === "read");
  expect(document.body.textContent).not.toContain("typing");

  const { violations } = await axe.run(document.body);
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
  expect(button(/^carol news 60/)?.textContent).toMatch(/60 unread/);
  expect(document.querySelector("h2")?.textContent).toBe("bob");
  (labelled("Message") as HTMLInputElement).value = "half a sentence to Bob";
  button(/^carol/)?.click();
  await seen("Carol's last message", () => messages().at(-1) === "news 60");
  await seen("nothing unread", () => button(/^carol/)?.textContent === "carol news 60");
  expect((labelled("Message") as HTMLInputElement).value).toBe("");
  expect(messages()).toHaveLength(25);
  button(/^Earlier/)?.click();
  await seen("Carol's first message", () => messages()[0] === "news 1");
  expect(messages()).toHaveLength(60);
  expect(button(/^Earlier/)).toBeUndefined();

  const lunch = await bobsClient.createGroup({ title: "Lunch", members: ["alice"] });
  lunch.send("where today?");
  await seen("the group", () => button(/^Lunch/) !== undefined);
  button(/^Lunch/)?.click();
  await seen("the message with its sender", () => messages().at(-1) === "bob where today?");
});

test("a missing token is reported with its reason", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ message: "No gateway is running." }, { status: 503 }));
  const { token } = localOptions("alice");
  await expect(token()).rejects.toThrow('cannot get a token: {"message":"No gateway is running."}');
});
