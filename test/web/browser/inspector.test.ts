import { describe, expect, test } from "vitest";
import type { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();
const queued = openWebApp({ ingest: "queued" });

const trace = (person: Person) => person.page.getByRole("region", { name: "Trace of a message" });

async function opensInspector(person: Person): Promise<void> {
  await person.page.getByRole("button", { name: "What happens" }).click();
  await person.page.getByRole("complementary", { name: "What happens" }).waitFor();
}

describe("the inspector", () => {
  test("shows the trace of a message from its frame to the answer, in order, with times", async () => {
    const { alice, bob } = await app.pair("warm up", "me too");
    await alice.seesStatus("warm up", "Read");
    await alice.says("Where do you go?");
    await alice.seesStatus("Where do you go?", "Read");
    await opensInspector(alice);
    await trace(alice)
      .getByText(/^send has ended/)
      .waitFor();
    const steps = await trace(alice).getByRole("listitem").allTextContents();
    expect(steps.map((step) => step.replace(/^\+[\d.]+ ms/, ""))).toEqual([
      expect.stringMatching(/^Gateway [AB] got the frame from you$/),
      "send runs",
      expect.stringMatching(new RegExp(`^Pushed: entries → ${bob.name} on gateway [AB]$`)),
      expect.stringMatching(/^send has ended, after [\d.]+ ms$/),
      expect.stringMatching(/^In the log for good: ack → you on gateway [AB]$/),
    ]);
  });

  test("shows the trace of a message through the queue, from its frame to the pushes", async () => {
    // A cold start is slow: its pushes may go through the outbound queue too.
    const { alice, bob } = await queued.pair("warm up", "me too");
    await alice.seesStatus("warm up", "Read");
    await alice.says("Where do you go?");
    await alice.seesStatus("Where do you go?", "Read");
    await opensInspector(alice);
    await trace(alice)
      .getByText(/^commit has ended/)
      .waitFor();
    const steps = await trace(alice).getByRole("listitem").allTextContents();
    // `send` may end after the queue has delivered the message.
    const inOrder = steps
      .filter((step) => !/send has ended/.test(step))
      .map((step) => step.replace(/^\+[\d.]+ ms/, ""));
    expect(inOrder).toEqual([
      expect.stringMatching(/^Gateway [AB] got the frame from you$/),
      "send runs",
      "SNS accepted it; it waits in the queue parley-entries.fifo",
      "The queue delivers it",
      "commit runs",
      expect.stringMatching(/^In the log for good: ack → you on gateway [AB]$/),
      expect.stringMatching(new RegExp(`^Pushed: entries → ${bob.name} on gateway [AB]$`)),
      expect.stringMatching(/^commit has ended, after [\d.]+ ms$/),
    ]);
    const times = steps.map((step) => Number.parseFloat(step.slice(1)));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBe(0);
  });

  test.for([
    ["send", app, /got the frame from you/],
    ["commit", queued, "The queue delivers it again (2nd time)"],
  ] as const)("when %s crashes before its ack the message is there once", async ([writer, cloud, again]) => {
    const { alice, bob } = await cloud.pair("before", "yes?");
    await opensInspector(alice);
    await alice.page.getByRole("button", { name: "Crash the function that appends" }).click();
    await alice.page.getByRole("button", { name: "The next message crashes its function" }).waitFor();
    await alice.says("in spite of it");
    await trace(alice)
      .getByText(new RegExp(`${writer} failed after .*killed`))
      .waitFor();
    await trace(alice).getByText(again).last().waitFor();
    await alice.seesStatus("in spite of it", "Read");
    expect(await bob.texts()).toEqual(["before", "yes?", "in spite of it"]);
    await alice.page.getByRole("button", { name: "Crash the function that appends" }).waitFor();
  });

  test("when a gateway is stopped its users move to the other, with everything they write", async () => {
    const { alice, bob } = await app.pair("before", "yes?");
    await opensInspector(alice);
    await alice.page.getByRole("button", { name: /^Stop gateway . \(yours\)$/ }).click();
    await alice.says("meanwhile");
    await alice.page.getByRole("button", { name: /^Start gateway .$/ }).click();
    await alice.seesStatus("meanwhile", "Read");
    await alice.page.getByRole("button", { name: /^Stop gateway . \(yours\)$/ }).waitFor();
    expect(await alice.page.getByRole("button", { name: /^Start gateway/ }).count()).toBe(0);
    expect(await bob.texts()).toEqual(["before", "yes?", "meanwhile"]);
  });

  test("traces any selected message, and shows every frame of the tab", async () => {
    const alice = await app.person("alice");
    const bob = await app.person("bob");
    await alice.startsChatWith(bob.name);
    await alice.says("one", "two");
    await bob.opens(alice.name);
    await bob.sees("two");
    await bob.chooses("one", "What happened?");
    await trace(bob).getByText("Trace of the message you selected").waitFor();
    await trace(bob)
      .getByText(new RegExp(`got the frame from ${alice.name}`))
      .waitFor();
    await trace(bob).getByRole("button", { name: "Follow the newest instead" }).click();
    await trace(bob).getByText("Write something.").waitFor();

    const frames = bob.page.getByRole("region", { name: "Frames of this tab" });
    await frames.getByText("received entries").first().click();
    await frames.getByText('"text": "two"').waitFor();
  });
});

describe("a page without the inspector", () => {
  const withoutInspector = openWebApp({ web: { signIn: "development", inspector: false } });

  test("offers it nowhere", async () => {
    const { alice, bob } = await withoutInspector.pair("Hi");
    expect(await alice.page.getByText("What happens").count()).toBe(0);
    await bob.message("Hi").hover();
    await bob
      .message("Hi")
      .getByRole("button", { name: /^Actions for: / })
      .click();
    await bob.page.getByRole("menuitem", { name: "Copy text" }).waitFor();
    expect(await bob.page.getByText("What happened?").count()).toBe(0);
  });
});
