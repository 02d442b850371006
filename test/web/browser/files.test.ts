import { describe, expect, test } from "vitest";
import type { Person } from "./support/person.ts";
import { openWebApp } from "./support/web-app.ts";

const app = openWebApp();

interface Content {
  readonly file?: string;
  readonly text?: string;
}

/** Fires an event as for something that the user drags or pastes. Returns true if the page has handled it. */
async function fire({ field }: Person, type: string, content: Content): Promise<boolean> {
  return await field.evaluate(
    (element, [type, { file, text }]) => {
      const data = new DataTransfer();
      if (file !== undefined) data.items.add(new File(["x"], file, { type: "image/png" }));
      if (text !== undefined) data.setData("text/plain", text);
      const init = { bubbles: true, cancelable: true };
      const event =
        type === "paste"
          ? new ClipboardEvent(type, { ...init, clipboardData: data })
          : new DragEvent(type, { ...init, dataTransfer: data });
      element.dispatchEvent(event);
      return event.defaultPrevented;
    },
    [type, content] as const,
  );
}

describe("a file", () => {
  test("that is dropped or pasted cannot be sent, and the page says so", async () => {
    const alice = await app.person("alice");
    await alice.startsChatWith(app.uniqueName("bob"));
    const said = alice.page.getByRole("alert").getByText("Files cannot be sent yet.");
    for (const event of ["dragover", "drop", "paste"]) {
      const isHandled = await fire(alice, event, { file: "cat.png" });
      // An unhandled drop would replace the page with the file.
      expect(isHandled, event).toBe(event !== "paste");
      await said.waitFor();
      await alice.page.getByRole("button", { name: "Dismiss" }).click();
      await said.waitFor({ state: "detached" });
    }
  });

  test("that comes along with a text, as from a word processor, leaves the text alone", async () => {
    const alice = await app.person("alice");
    await alice.startsChatWith(app.uniqueName("bob"));
    expect(await fire(alice, "paste", { file: "picture.png", text: "some words" })).toBe(false);
    expect(await fire(alice, "drop", { text: "some words" })).toBe(false);
    await alice.says("still here");
    expect(await alice.page.getByText("Files cannot be sent yet.").count()).toBe(0);
  });
});
