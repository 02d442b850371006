import type { Entry, Role } from "../../../protocol/index.ts";
import type { Conversation, Head, Member } from "../../ports/conversation-log.ts";
import { closed, isOpen, opened } from "../log/readable-ranges.ts";
import { withRetention } from "../log/retention.ts";

/** A conversation while a batch is decided: each entry finds it as the one before it left it. */
export class Membership {
  head: Head;
  readonly #members: Map<string, Member>;
  readonly #complete: boolean;

  constructor({ head, members, complete }: Conversation) {
    this.head = head;
    this.#members = new Map(members.map((member) => [member.user, member]));
    this.#complete = complete;
  }

  /** Was ever a member, or is one. */
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

  /** What an entry does to the conversation. Returns the users whose rows change. */
  apply({ kind, body, seq, sender }: Entry, nowMs: number): readonly string[] {
    switch (kind) {
      case "member.add":
        return this.#add((body as { users: string[] }).users, seq);
      case "member.remove":
        return this.#remove((body as { users: string[] }).users, seq);
      case "member.leave":
        return this.#remove([sender], seq);
      case "role": {
        const { user, role } = body as { user: string; role: Role };
        return this.#setRole(user, role);
      }
      case "rename":
        this.head = { ...this.head, title: (body as { title: string }).title };
        return [];
      case "retention": {
        const { seconds } = body as { seconds: number | null };
        this.head = withRetention(this.head, seconds ?? undefined, nowMs);
        return [];
      }
      default:
        return [];
    }
  }

  #add(users: readonly string[], seq: number): readonly string[] {
    for (const user of users) {
      const ranges = opened(this.row(user)?.ranges ?? [], seq, this.head.history === "all");
      this.#set({ ...this.row(user), user, role: "member", ranges });
    }
    this.#changed({ memberCount: this.head.memberCount + users.length });
    return users;
  }

  #remove(users: readonly string[], seq: number): readonly string[] {
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

  #setRole(user: string, role: Role): readonly string[] {
    const row = this.row(user);
    if (row === undefined) return [];
    const owners = Number(role === "owner") - Number(row.role === "owner");
    this.#set({ ...row, role });
    this.#changed({ ownerCount: this.head.ownerCount + owners });
    return [user];
  }

  setBlocked(user: string, blocked: boolean): void {
    const row = this.row(user);
    if (row === undefined) return;
    const { blocked: _, ...rest } = row;
    this.#set(blocked ? { ...rest, blocked } : rest);
    this.#changed({});
  }

  /** How many of these are owners. */
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
