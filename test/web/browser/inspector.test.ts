import { describe, expect, test } from "vitest";
import type { Person } from "./support/person.ts";
import { openWindow } from "./support/window.ts";

const window = openWindow();

const way = (person: Person) => person.page.getByRole("region", { name: "The way of a message" });

async function showsWhatHappens(person: Person): Promise<void> {
  await person.page.getByRole("button", { name: "What happens" }).click();
  await person.page.getByRole("complementary", { name: "What happens" }).waitFor();
}

describe("what happens", () => {
  test("the way of a message is shown from its frame to the pushes, in order, with times", async () => {
    const alice = await window.person("alice");
    const bob = await window.person("bob");
    await alice.startsChatWith(bob.name);
    // A function that starts takes its time: its pushes may take the outbound queue too.
    await alice.says("warm up");
    await alice.seesStatus("warm up", "Delivered");
    await alice.says("Where do you go?");
    await alice.seesStatus("Where do you go?", "Delivered");
    await showsWhatHappens(alice);
    await way(alice)
      .getByText(/^commit has ended/)
      .waitFor();
    const steps = await way(alice).getByRole("listitem").allTextContents();
    // `send` may hear of it later than the queue hands it on.
    const inOrder = steps
      .filter((step) => !/send has ended/.test(step))
      .map((step) => step.replace(/^\+[\d.]+ ms/, ""));
    expect(inOrder).toEqual([
      expect.stringMatching(/^Gateway [AB] got the frame from you$/),
      "send runs",
      "SNS took it; it waits in the queue parley-entries.fifo",
      "The queue hands it on",
      "commit runs",
      expect.stringMatching(/^In the log for good: ack → you on gateway [AB]$/),
      expect.stringMatching(new RegExp(`^Pushed: entries → ${bob.name} on gateway [AB]$`)),
      expect.stringMatching(/^commit has ended, after [\d.]+ ms$/),
    ]);
    const times = steps.map((step) => Number.parseFloat(step.slice(1)));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBe(0);
  });

  test("commit that crashes before its ack is run again, and the message is there once", async () => {
    const { alice, bob } = await window.pair("before");
    await showsWhatHappens(alice);
    await alice.page.getByRole("button", { name: "Crash the commit function" }).click();
    await alice.page.getByRole("button", { name: "commit will crash at the next message" }).waitFor();
    await alice.says("in spite of it");
    await way(alice)
      .getByText(/commit failed after .*killed/)
      .waitFor();
    await way(alice).getByText("The queue hands it on again (2nd time)").waitFor();
    await alice.seesStatus("in spite of it", "Read");
    expect(await bob.texts()).toEqual(["before", "in spite of it"]);
    await alice.page.getByRole("button", { name: "Crash the commit function" }).waitFor();
  });

  test("a gateway that is stopped moves its people to the other, with everything they write", async () => {
    const { alice, bob } = await window.pair("before");
    await showsWhatHappens(alice);
    await alice.page.getByRole("button", { name: /^Stop gateway . \(yours\)$/ }).click();
    await alice.says("meanwhile");
    await alice.page.getByRole("button", { name: /^Start gateway .$/ }).click();
    await alice.seesStatus("meanwhile", "Read");
    await alice.page.getByRole("button", { name: /^Stop gateway . \(yours\)$/ }).waitFor();
    expect(await alice.page.getByRole("button", { name: /^Start gateway/ }).count()).toBe(0);
    expect(await bob.texts()).toEqual(["before", "meanwhile"]);
  });

  test("any message can be asked about, and every frame of the tab can be read", async () => {
    const alice = await window.person("alice");
    const bob = await window.person("bob");
    await alice.startsChatWith(bob.name);
    await alice.says("one", "two");
    await bob.opens(alice.name);
    await bob.sees("two");
    await bob.chooses("one", "What happened?");
    await way(bob).getByText("The way of the message you chose").waitFor();
    await way(bob)
      .getByText(new RegExp(`got the frame from ${alice.name}`))
      .waitFor();
    await way(bob).getByRole("button", { name: "Follow the newest instead" }).click();
    await way(bob).getByText("Write something.").waitFor();

    const frames = bob.page.getByRole("region", { name: "Frames of this tab" });
    await frames.getByText("received entries").first().click();
    await frames.getByText('"text": "two"').waitFor();
  });
});
