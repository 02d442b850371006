import type { Edit } from "./scratch.ts";

/** `stats`: how many entries a conversation has. */
export const MADE_UP_COMMAND: readonly Edit[] = [
  {
    file: "protocol/commands.ts",
    before: "  mute: { frame: Mute, result: Done },",
    text: `  stats: {
    frame: v.strictObject({ type: v.literal("stats"), id: RequestId, conversation: ConversationId }),
    result: v.object({ entries: v.number() }),
  },`,
  },
  {
    file: "wiring/manifest.ts",
    before: '  mute: { function: "command", response: true },',
    text: '  stats: { function: "command", response: true },',
  },
  {
    file: "functions/core/query/stats.ts",
    text: `import { type CommandFrame, type CommandResult, type WireError, wireError } from "../../../protocol/index.ts";
import type { Inbox } from "../../ports/inbox.ts";
import { isOpen } from "../log/readable-ranges.ts";

/** Returns how many entries the conversation has, to a member. */
export async function stats(
  { inbox }: { readonly inbox: Pick<Inbox, "heads" | "rows"> },
  user: string,
  { conversation }: CommandFrame<"stats">,
  signal: AbortSignal,
): Promise<CommandResult<"stats"> | WireError> {
  const head = (await inbox.heads([conversation], signal)).get(conversation);
  const [row] = await inbox.rows([{ user, conversation }], signal);
  if (head === undefined || row === undefined || !isOpen(row.ranges)) return wireError("not_found");
  return { entries: head.lastSeq };
}
`,
  },
  {
    file: "functions/core/command.ts",
    after: 'import { type SyncDeps, sync } from "./query/sync.ts";',
    text: 'import { stats } from "./query/stats.ts";',
  },
  {
    file: "functions/core/command.ts",
    before: "  mute: (deps, { user }, frame, signal) => mute(deps, user, frame, signal),",
    text: "  stats: (deps, { user }, frame, signal) => stats(deps, user, frame, signal),",
  },
  {
    file: "client/src/views/conversation.ts",
    after: "  mute(muted: boolean): Promise<void>;",
    text: "  /** Number of entries in the log. */\n  stats(): Promise<number>;",
  },
  {
    file: "client/src/views/chat-conversation.ts",
    before: "  #append(kind: string, body: unknown): MessageHandle {",
    text: `  async stats(): Promise<number> {
    const { id = "" } = this;
    const result = await this.#host.engine.request({ type: "stats", conversation: id });
    return (result as { entries: number }).entries;
  }
`,
  },
  {
    file: "test/support/arbitrary-frames.ts",
    before: "  mute: fc.record({ ...request, muted: fc.boolean() }),",
    text: "  stats: fc.record(request),",
  },
  {
    file: "test/recipes/follow.ts",
    text: `import { chat } from "./chat.ts";

await chat(async ({ alice, bob }) => {
  const thread = alice.conversation({ user: "bob" });
  await thread.send("one").done;
  await thread.send("two").done;
  const stranger = bob.conversation("g".padEnd(44, "0"));
  console.log(JSON.stringify([await thread.stats(), await stranger.stats().catch(({ code }) => code)]));
});
`,
  },
];
