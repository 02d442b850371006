import type { Edit } from "./scratch.ts";

/** `topic`: what a group is about; set by its admins. */
export const MADE_UP_KIND: readonly Edit[] = [
  {
    file: "protocol/kinds.ts",
    after: "  rename: { solitary: true },",
    text: "  topic: { solitary: true },",
  },
  {
    file: "protocol/fields.ts",
    after: '  rename: entryOf("rename", v.strictObject({ title: Title })),',
    text: '  topic: entryOf("topic", v.strictObject({ topic: Title })),',
  },
  {
    file: "functions/core/commit/kind-rules.ts",
    before: "  rename: {",
    text: `  topic: {
    authorize: inGroup((body, context) => (isAdmin(context) ? { body } : refuse("forbidden"))),
  },`,
  },
  {
    file: "client/src/ui/describe-entry.ts",
    before: '  "member.leave": () => ["left"],',
    text: '  topic: (body) => ["set the topic to ", { title: (body as { topic?: string }).topic ?? "" }],',
  },
  {
    file: "client/src/views/conversation.ts",
    after: "  rename(title: string): MessageHandle;",
    text: "  setTopic(topic: string): MessageHandle;",
  },
  {
    file: "client/src/views/chat-conversation.ts",
    before: "  #append(kind: string, body: unknown): MessageHandle {",
    text: `  setTopic(topic: string): MessageHandle {
    return this.#append("topic", { topic });
  }
`,
  },
  {
    file: "test/support/arbitrary-frames.ts",
    after: "  rename: fc.record({ title }),",
    text: "  topic: fc.record({ topic: title }),",
  },
  {
    file: "test/recipes/follow.ts",
    text: `import { isContent, describeEntry } from "../../client/src/ui.ts";
import { describeEvent } from "../../web/src/format/describe-entry.ts";
import { textOf } from "../../terminal/format/entry-text.ts";
import { eventually } from "../support/eventually.ts";
import { chat } from "./chat.ts";

await chat(async ({ alice, bob }) => {
  const thread = await alice.createGroup({ title: "Lunch", members: ["bob"] });
  const { id: group = "" } = thread;
  await thread.setTopic("Pizza").done;
  await thread.send("hello").done;
  const atBob = bob.conversation(group);
  atBob.view.subscribe(() => {});
  const entries = () => atBob.view.getSnapshot().entries;
  await eventually("Bob to have the message", () => entries().some(({ kind }) => kind === "text"), { timeoutMs: 30_000 });
  const topic = entries().find(({ kind }) => kind === "topic");
  const refused = await atBob.setTopic("Soup").done.catch(({ code }) => code);
  const { unread } = bob.inbox.getSnapshot().find(({ conversation }) => conversation === group) ?? {};
  const words = topic && [describeEvent(topic, "bob"), textOf(topic)];
  console.log(JSON.stringify([topic?.body, words, refused, unread, isContent("topic"), describeEntry({ kind: "topic" }).length]));
});
`,
  },
];
