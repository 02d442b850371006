import { expect, test } from "vitest";
import { isTombstone } from "../../protocol/index.ts";
import { runScript } from "../support/process.ts";
import { connect, newUser, say, type Target, text } from "./support/target.ts";

export interface EraseTarget extends Target {
  /** Arguments that tell the command where the deployment is. */
  readonly deployment: readonly string[];
  /** Makes an erased id known to the issuer again. */
  register(user: string): Promise<void>;
  /** Waits until the clock of functions and issuer shows another second: tokens have whole seconds as issue times. */
  nextSecond(): Promise<void>;
  /** Returns every item, and every queued message if they can be seen, as text. */
  everythingStored(): Promise<string>;
}

/** Runs the command as an operator does, in its own process. */
async function erase({ deployment }: Pick<EraseTarget, "deployment">, ...args: string[]) {
  const script = runScript("ops/erase.ts", ...deployment, ...args);
  const exitCode = await script.exitCode;
  return { exitCode, output: script.output() };
}

/** Promises to somebody who asks an operator to be erased. */
export function eraseSuite(target: () => EraseTarget): void {
  test("an erased user's texts, titles and reactions are gone, and those who were there see a tombstone", async () => {
    const [alice, bob, carol] = [newUser("alice"), newUser("bob"), newUser("carol")];
    const atAlice = await connect(target(), alice);
    const atBob = await connect(target(), bob);
    const direct = await say(atAlice, bob, "direct-words-of-alice");
    await say(atBob, alice, "words of bob", 0);
    atAlice.send({ type: "create", id: "group", title: "title-of-alice", members: [bob, carol] });
    const { conversation: group } = await atAlice.next("ack", ({ entries }) => entries[0]?.id === "group");
    const said = text("group-words-of-alice");
    atAlice.send({ type: "send", conversation: group, entries: [said], seen: 0 });
    await atAlice.next("ack", ({ entries }) => entries[0]?.id === said.id);
    const answer = text("answer of bob");
    atBob.send({ type: "send", conversation: group, entries: [answer], seen: 0 });
    const { entries } = await atBob.next("ack", ({ entries: acked }) => acked[0]?.id === answer.id);
    const reaction = { id: "r1", kind: "reaction" as const, body: { of: entries[0]?.seq ?? 0, key: "👍" } };
    atAlice.send({ type: "send", conversation: group, entries: [reaction], seen: 0 });
    await atBob.next("entries", (frame) => frame.entries.some(({ kind }) => kind === "reaction"));

    expect(await erase(target(), "--user", alice, "--dry-run")).toEqual({
      exitCode: 0,
      // Where the stack owns the users, the user is counted, too.
      output: expect.stringMatching(
        `^Would erase ${alice}: 2 conversations, 2 texts, 1 title, 1 reaction, 5 entries that named them(, 1 user of the pool)?\\.\n$`,
      ),
    });
    expect((await erase(target(), "--user", alice)).exitCode).toBe(2);
    expect(await erase(target(), "--user", alice, "--yes")).toEqual({
      exitCode: 0,
      output: expect.stringContaining(`Erased ${alice}: 2 conversations, 2 texts, 1 title, 1 reaction`),
    });

    expect(await atAlice.next("error")).toMatchObject({ error: { code: "unauthenticated" }, final: true });
    for (const conversation of [direct.conversation, group]) {
      const pushed = await atBob.next(
        "entries",
        (frame) => frame.conversation === conversation && frame.entries.some(({ kind }) => kind === "erased"),
      );
      expect(pushed.entries.at(-1)).toMatchObject({ kind: "erased", body: { user: alice } });
    }
    const { conversations } = await atBob.sync();
    expect(conversations.find(({ conversation }) => conversation === direct.conversation)?.peer).toSatisfy(
      isTombstone,
    );
    expect(conversations.find(({ conversation }) => conversation === group)).toMatchObject({
      memberCount: 2,
      role: "owner",
    });
    expect(conversations.find(({ conversation }) => conversation === group)).not.toHaveProperty("title");
    const log = await atBob.log(group);
    expect(log.map(({ kind }) => kind)).toEqual(["create", "text", "text", "reaction", "erased"]);
    expect(log[1]).toMatchObject({ sender: expect.stringMatching(/^erased:/), body: null });
    expect(log[2]).toMatchObject({ sender: bob, body: { text: "answer of bob" } });
    expect(log[2]).not.toHaveProperty("reactions");

    const stored = await target().everythingStored();
    for (const secret of ["direct-words-of-alice", "group-words-of-alice", "title-of-alice"]) {
      expect(stored).not.toContain(secret);
    }
    expect(stored).toContain("answer of bob");
    await atBob.close();
  });

  test("the same id is a new person: nothing of before is theirs, and the conversation goes on with them", async () => {
    const [alice, bob] = [newUser("alice"), newUser("bob")];
    const atBob = await connect(target(), bob);
    const first = await say(atBob, alice, "to the first alice");
    const old = await target().mintToken(alice);
    expect((await erase(target(), "--user", alice, "--yes")).exitCode).toBe(0);
    await atBob.next("entries", ({ entries }) => entries.some(({ kind }) => kind === "erased"));

    const toNobody = text("to nobody");
    atBob.send({ type: "send", conversation: first.conversation, entries: [toNobody], seen: 0 });
    expect(await atBob.next("reject", ({ ids }) => ids.includes(toNobody.id))).toMatchObject({
      error: { code: "conflict" },
    });

    await target().nextSecond();
    await target().register(alice);
    await expect(connect({ ...target(), mintToken: async () => old }, alice)).rejects.toMatchObject({
      status: 403,
    });
    const atAlice = await connect(target(), alice);
    expect((await atAlice.sync()).conversations).toEqual([]);
    const again = await say(atAlice, bob, "hello from another alice");
    expect(again.conversation).toBe(first.conversation);
    expect((await atAlice.log(first.conversation)).map(({ sender }) => sender)).toEqual([alice]);
    await atBob.next("entries", ({ entries }) => entries.some(({ sender }) => sender === alice));
    const { conversations } = await atBob.sync();
    expect(conversations[0]?.peer).toBe(alice);
    await atAlice.close();
    await atBob.close();
  });

  test("erasing somebody who was never there finds nothing, and erasing twice does nothing more", async () => {
    const nobody = newUser("nobody");
    const nothing = { exitCode: 0, output: `Erased ${nobody}: nothing was found.\n` };
    expect(await erase(target(), "--user", nobody, "--yes")).toEqual(nothing);
    expect(await erase(target(), "--user", nobody, "--yes")).toEqual(nothing);
  });
}
