import {
  headOf,
  type Item,
  memberOf,
  SCHEMA,
  segmentOf,
} from "../../../../functions/adapters/dynamodb/items.ts";
import {
  HEAD_SK,
  MEMBER_PREFIX,
  SEGMENT_PREFIX,
  segmentSk,
} from "../../../../functions/adapters/dynamodb/keys.ts";
import type { Head, Member } from "../../../../functions/ports/conversation-log.ts";
import type { InboxRow } from "../../../../functions/ports/inbox.ts";
import { isSound, partFacts, type SegmentFacts, segmentFacts } from "../log-facts.ts";
import { membershipTrail } from "../membership-trail.ts";
import type { StoredConversation } from "../stored-conversation.ts";

/** Gathers the items of one conversation. Of a segment it keeps facts only, so that a long log fits into memory. */
export class ConversationItems {
  readonly conversation: string;
  #head: Head | undefined;
  readonly #members: Member[] = [];
  readonly #segments: SegmentFacts[] = [];
  readonly #unreadable: string[] = [];

  constructor(conversation: string) {
    this.conversation = conversation;
  }

  add(item: Item): void {
    const sk = String(item.sk);
    try {
      if (!this.#understands(sk, item)) this.#unreadable.push(sk);
    } catch {
      this.#unreadable.push(sk);
    }
  }

  /** Members, and users that the log names: those whose inbox rows matter. */
  get users(): string[] {
    const tail = partFacts(this.#head?.tail ?? []);
    const trail = membershipTrail([...this.#segments, ...(tail === undefined ? [] : [tail])], []);
    return [...new Set([...this.#members.map(({ user }) => user), ...trail.keys()])];
  }

  stored(rows: ReadonlyMap<string, InboxRow>): StoredConversation {
    return {
      conversation: this.conversation,
      head: this.#head,
      members: this.#members,
      segments: this.#segments.sort((a, b) => a.firstSeq - b.firstSeq),
      rows,
      unreadable: this.#unreadable,
    };
  }

  #understands(sk: string, item: Item): boolean {
    if (item.schema !== SCHEMA) return false;
    if (sk === HEAD_SK) return this.#addHead(headOf(item));
    if (sk.startsWith(MEMBER_PREFIX)) return this.#addMember(memberOf(item));
    return !sk.startsWith(SEGMENT_PREFIX) || this.#addSegment(sk, item);
  }

  #addHead(head: Head): boolean {
    const isNumbered = [head.tailFirst, head.lastSeq, head.epoch, head.membersVersion].every(
      Number.isSafeInteger,
    );
    const isInPlace = (head.tail[0]?.seq ?? head.tailFirst) === head.tailFirst;
    if (!isNumbered || !isInPlace || typeof head.version !== "string" || !isSound(head.tail)) return false;
    this.#head = head;
    return true;
  }

  #addMember(member: Member): boolean {
    if (!Array.isArray(member.ranges)) return false;
    this.#members.push(member);
    return true;
  }

  #addSegment(sk: string, item: Item): boolean {
    const segment = segmentOf(item);
    const facts = isSound(segment.entries) ? segmentFacts(segment) : undefined;
    if (facts === undefined || sk !== segmentSk(facts.firstSeq)) return false;
    this.#segments.push(facts);
    return true;
  }
}
