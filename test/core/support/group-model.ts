import type { SeqRange } from "../../../functions/ports/conversation-log.ts";
import type { PublishedEntry } from "../../../functions/ports/published-frame.ts";
import type { Entry, Role } from "../../../protocol/index.ts";

interface ModelMember {
  role: Role;
  ranges: [number, number?][];
  /** Has written content since they became a member the last time. */
  spoken: boolean;
  addedBy: string | undefined;
}

type Reactions = Map<string, string[]>;

/**
 * Reference model of a group, derived from its log alone, entry by entry and without optimizations: who may read
 * what, and the current text of every message. `sent` has the entries clients sent, by id.
 */
export class GroupModel {
  readonly members = new Map<string, ModelMember>();
  readonly texts = new Map<number, string | null>();
  readonly reactions = new Map<number, Reactions>();
  title: string | undefined;
  /** Retentions in the order in which they were set; the one before the first is endless. */
  readonly retentions: { readonly fromSeq: number; readonly seconds: number }[] = [];
  /** Entries that must not have been accepted. */
  readonly illegal: string[] = [];

  constructor(
    log: readonly Entry[],
    sent: ReadonlyMap<string, PublishedEntry>,
    owner: string,
    history: string,
  ) {
    for (const { seq, id, sender } of log) {
      const entry = sent.get(id);
      if (entry === undefined) throw new Error(`nobody sent ${id}`);
      this.#apply(seq, sender, entry, history, owner);
    }
  }

  ranges(user: string): SeqRange[] {
    return this.members.get(user)?.ranges ?? [];
  }

  isMember(user: string): boolean {
    const last = this.members.get(user)?.ranges.at(-1);
    return last !== undefined && last[1] === undefined;
  }

  canRead(user: string, seq: number): boolean {
    return this.ranges(user).some(([from, to = Number.POSITIVE_INFINITY]) => seq >= from && seq <= to);
  }

  /** Returns the shortest retention that was in force at any time since the entry was appended. */
  retentionOf(seq: number): number {
    const later = this.retentions.filter(
      (_, index) => (this.retentions[index + 1]?.fromSeq ?? Number.POSITIVE_INFINITY) > seq,
    );
    return Math.min(Number.POSITIVE_INFINITY, ...later.map(({ seconds }) => seconds));
  }

  get memberCount(): number {
    return [...this.members.keys()].filter((user) => this.isMember(user)).length;
  }

  get ownerCount(): number {
    return [...this.members].filter(([user, { role }]) => role === "owner" && this.isMember(user)).length;
  }

  #apply(seq: number, sender: string, entry: PublishedEntry, history: string, owner: string): void {
    const role = this.members.get(sender)?.role;
    const isAdmin = role === "admin" || role === "owner";
    const mustBe = (allowed: boolean) => {
      if (!allowed) this.illegal.push(`${seq} ${entry.kind} of ${sender}`);
    };
    if (entry.kind === "create") {
      for (const user of [owner, ...entry.body.members]) {
        const role = user === owner ? "owner" : "member";
        const addedBy = user === owner ? undefined : owner;
        this.members.set(user, { role, ranges: [[1]], spoken: false, addedBy });
      }
      this.title = entry.body.title;
      return;
    }
    mustBe(this.isMember(sender));
    switch (entry.kind) {
      case "text":
        this.texts.set(seq, entry.body.text);
        this.#speak(sender);
        break;
      case "member.add":
        mustBe(isAdmin);
        for (const user of entry.body.users) if (!this.isMember(user)) this.#join(user, seq, history, sender);
        break;
      case "member.remove":
        mustBe(isAdmin);
        for (const user of entry.body.users) if (this.isMember(user)) this.#leave(user, seq);
        break;
      case "member.leave":
        this.#leave(sender, seq);
        mustBe(this.ownerCount > 0 || this.memberCount === 0);
        break;
      case "role": {
        mustBe(role === "owner");
        const person = this.members.get(entry.body.user);
        if (person) person.role = entry.body.role;
        mustBe(this.ownerCount > 0);
        break;
      }
      case "rename":
        mustBe(isAdmin);
        this.title = entry.body.title;
        break;
      case "retention":
        mustBe(isAdmin);
        this.retentions.push({ fromSeq: seq, seconds: entry.body.seconds ?? Number.POSITIVE_INFINITY });
        break;
      case "edit":
        mustBe(this.canRead(sender, entry.body.of) && typeof this.texts.get(entry.body.of) === "string");
        this.texts.set(entry.body.of, entry.body.text);
        break;
      case "delete":
        this.texts.set(entry.body.of, null);
        this.reactions.delete(entry.body.of);
        break;
      case "reaction":
        this.#react(sender, entry.body);
        break;
    }
  }

  #speak(user: string): void {
    const person = this.members.get(user);
    if (person !== undefined) person.spoken = true;
  }

  #join(user: string, seq: number, history: string, addedBy: string): void {
    const before = this.members.get(user)?.ranges ?? [];
    const ranges: [number, number?][] = history === "all" ? [[1]] : [...before, [seq]];
    this.members.set(user, { role: "member", ranges, spoken: false, addedBy });
  }

  #leave(user: string, seq: number): void {
    const person = this.members.get(user);
    const last = person?.ranges.at(-1);
    if (person === undefined || last === undefined) return;
    person.addedBy = undefined;
    last[1] = seq;
    person.role = "member";
  }

  #react(user: string, body: { of: number; key: string; remove?: boolean | undefined }): void {
    const all = this.reactions.get(body.of) ?? new Map<string, string[]>();
    const users = (all.get(body.key) ?? []).filter((other) => other !== user);
    if (body.remove !== true) users.push(user);
    if (users.length > 0) all.set(body.key, users);
    else all.delete(body.key);
    this.reactions.set(body.of, all);
  }
}
