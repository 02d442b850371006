import type { ErasedBody, Role } from "../../../protocol/index.ts";
import type { Conversation, Head, Member } from "../../ports/conversation-log.ts";
import { closed, isOpen, opened } from "../log/readable-ranges.ts";
import { withRetention } from "../log/retention.ts";
import { rankOf } from "./permission.ts";

/** State of a conversation while a batch is decided. Each entry sees the state that the entry before it left. */
export class Membership {
  head: Head;
  readonly #members: Map<string, Member>;
  readonly #complete: boolean;

  constructor({ head, members, complete }: Conversation) {
    this.head = head;
    this.#members = new Map(members.map((member) => [member.user, member]));
    this.#complete = complete;
  }

  /** Row of a user who is or was a member. */
  row(user: string): Member | undefined {
    return this.#members.get(user);
  }

  member(user: string): Member | undefined {
    const row = this.#members.get(user);
    return row && isOpen(row.ranges) ? row : undefined;
  }

  view(): Conversation {
    return { head: this.head, members: [...this.#members.values()], complete: this.#complete };
  }

  /** Makes users members from the entry at `seq` on. This and the other changes return the users whose rows change. */
  add(users: readonly string[], seq: number): readonly string[] {
    for (const user of users) {
      // What they said as a member of before is no consent to being added again.
      const { spoken: _, ...row } = this.row(user) ?? {};
      const ranges = opened(this.row(user)?.ranges ?? [], seq, this.head.history === "all");
      this.#set({ ...row, user, role: "member", ranges });
    }
    this.#changed({ memberCount: this.head.memberCount + users.length });
    return users;
  }

  /** Ends the membership of users with the entry at `seq`, the last one they can read. */
  remove(users: readonly string[], seq: number): readonly string[] {
    const owners = this.owners(users);
    for (const user of users) {
      const row = this.row(user);
      if (row !== undefined) this.#set({ ...row, role: "member", ranges: closed(row.ranges, seq) });
    }
    this.#changed({
      memberCount: this.head.memberCount - users.length,
      ownerCount: this.head.ownerCount - owners,
    });
    return users;
  }

  setRole(user: string, role: Role): readonly string[] {
    const row = this.row(user);
    if (row === undefined) return [];
    const owners = Number(role === "owner") - Number(row.role === "owner");
    this.#set({ ...row, role });
    this.#changed({ ownerCount: this.head.ownerCount + owners });
    return [user];
  }

  rename(title: string, titleBy: string): readonly string[] {
    this.head = { ...this.head, title, titleBy };
    return [];
  }

  setRetention(seconds: number | undefined, at: { seq: number; nowMs: number }): readonly string[] {
    this.head = withRetention(this.head, seconds, at);
    return [];
  }

  /** Takes an erased user out of the conversation with the entry at `seq`. */
  erase({ user, owner, untitled }: ErasedBody, { seq, nowMs }: { seq: number; nowMs: number }) {
    if (this.member(user) !== undefined) this.remove([user], seq);
    const known = this.row(user) === undefined ? [] : [user];
    const promoted = owner === undefined ? [] : this.setRole(owner, "owner");
    if (untitled) {
      const { title: _, titleBy: __, ...rest } = this.head;
      this.head = rest;
    }
    const peers = this.head.kind === "direct" ? this.#vacate(user, nowMs) : [];
    return [...new Set([...known, ...promoted, ...peers])];
  }

  /**
   * Leaves a direct conversation to the other side. Whoever comes by the same name is another person: the consent and
   * the block of before were not about them. Returns the users whose rows name the one who is gone, or tell of them.
   */
  #vacate(gone: string, nowMs: number): readonly string[] {
    for (const [user, { spoken: _, blocked: __, ...rest }] of this.#members) {
      if (user !== gone) this.#set(rest);
    }
    this.head = { ...this.head, vacatedAtMs: nowMs };
    return [...this.#members.keys()];
  }

  /** Makes both sides of a direct conversation members again, from the entry at `seq` on. */
  readmit(users: readonly string[], seq: number): void {
    const { vacatedAtMs: _, ...head } = this.head;
    this.head = head;
    this.add(users, seq);
  }

  /** Members from the highest role to the lowest, and of one role those first who joined first. */
  bySeniority(): readonly Member[] {
    return [...this.#members.values()].filter(({ ranges }) => isOpen(ranges)).sort(bySeniority);
  }

  setBlocked(user: string, blocked: boolean): void {
    const row = this.row(user);
    if (row === undefined) return;
    const { blocked: _, ...rest } = row;
    this.#set(blocked ? { ...rest, blocked } : rest);
    this.#changed({});
  }

  /** Notes that a member has spoken. Returns the users whose rows change: nobody's if that is known. */
  speak(user: string): readonly string[] {
    const row = this.member(user);
    if (row === undefined || row.spoken) return [];
    this.#set({ ...row, spoken: true });
    this.#changed({});
    // Both rows of a direct conversation tell of either side.
    return this.head.kind === "direct" ? [...this.#members.keys()] : [user];
  }

  /** Number of owners among these users. */
  owners(users: readonly string[]): number {
    return users.filter((user) => this.member(user)?.role === "owner").length;
  }

  #set(member: Member): void {
    this.#members.set(member.user, member);
  }

  #changed(counts: Partial<Pick<Head, "memberCount" | "ownerCount">>): void {
    this.head = { ...this.head, ...counts, membersVersion: this.head.membersVersion + 1 };
  }
}

/** Orders members by role, then by the time they joined, then by id. */
export function bySeniority(a: Member, b: Member): number {
  const joinedAt = ({ ranges }: Member) => ranges.at(-1)?.[0] ?? 0;
  return rankOf(b.role) - rankOf(a.role) || joinedAt(a) - joinedAt(b) || (a.user < b.user ? -1 : 1);
}
