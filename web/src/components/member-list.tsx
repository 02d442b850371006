import { useEffect, useState } from "preact/hooks";
import type {
  Conversation,
  ConversationInfo,
  Member,
  MessageHandle,
  Role,
} from "../../../client/src/index.ts";
import { usePresence } from "../hooks/use-presence.ts";
import { reasonOf } from "../state/chat.ts";
import { useChat } from "../state/context.ts";
import { Avatar } from "./ui/avatar.tsx";
import { MoreIcon } from "./ui/icons.tsx";
import { Menu, MenuItem } from "./ui/menu.tsx";
import { UserListField } from "./user-list-field.tsx";

/** A list for people; the rest of a large group is counted. */
const SHOWN = 200;
const ROLES: readonly Role[] = ["member", "admin", "owner"];

export interface MemberListProps {
  readonly info: ConversationInfo;
  readonly conversation: Conversation;
  readonly mayManage: boolean;
  readonly onSend: (sending: MessageHandle) => void;
}

export function MemberList({ info, conversation, mayManage, onSend }: MemberListProps) {
  const { user } = useChat();
  const presence = usePresence();
  const { members, problem } = useMembers(conversation);
  const [newcomers, setNewcomers] = useState<readonly string[]>([]);
  const count = info.memberCount ?? members.length;

  return (
    <section class="members" aria-label="Members">
      <h3>
        {count} {count === 1 ? "member" : "members"}
      </h3>
      {problem !== undefined && <p class="problem">{problem}</p>}
      <ul>
        {members.map((member) => {
          const online = presence.get(member.user)?.online === true;
          return (
            <li key={member.user}>
              <Avatar name={member.user} online={online} />
              <span class="name">
                {member.user}
                {member.user === user && " (you)"}
              </span>
              {online && <span class="hidden">online</span>}
              {member.role !== "member" && <span class="role">{member.role}</span>}
              <MemberMenu
                member={member}
                own={info.role}
                me={user}
                conversation={conversation}
                onSend={onSend}
              />
            </li>
          );
        })}
      </ul>
      {count > members.length && members.length >= SHOWN && (
        <p class="hint">and {count - members.length} more</p>
      )}
      {mayManage && (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            if (newcomers.length === 0) return;
            onSend(conversation.add(newcomers));
            setNewcomers([]);
          }}
        >
          <UserListField label="Add people" users={newcomers} onChange={setNewcomers} />
          <button type="submit">Add</button>
        </form>
      )}
    </section>
  );
}

interface MemberMenuProps {
  readonly member: Member;
  readonly own: Role | undefined;
  readonly me: string;
  readonly conversation: Conversation;
  readonly onSend: (sending: MessageHandle) => void;
}

/** An owner may do everything, an admin may remove those of lesser rank. */
function MemberMenu({ member: { user, role }, own, me, conversation, onSend }: MemberMenuProps) {
  const isOwner = own === "owner";
  const mayRemove = user !== me && (isOwner || (own === "admin" && role === "member"));
  if (!isOwner && !mayRemove) return null;
  return (
    <Menu label={`Change ${user}`} button={<MoreIcon />}>
      {(close) => {
        const doing = (change: () => MessageHandle) => () => {
          onSend(change());
          close();
        };
        return (
          <>
            {isOwner &&
              ROLES.filter((other) => other !== role).map((other) => (
                <MenuItem key={other} onChosen={doing(() => conversation.setRole(user, other))}>
                  Make {other}
                </MenuItem>
              ))}
            {mayRemove && (
              <MenuItem danger onChosen={doing(() => conversation.remove([user]))}>
                Remove from the group
              </MenuItem>
            )}
          </>
        );
      }}
    </Menu>
  );
}

/** As the server says, and again whenever somebody comes, goes or changes. */
function useMembers(conversation: Conversation) {
  const [members, setMembers] = useState<readonly Member[]>([]);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const leaving = new AbortController();
    const load = async () => {
      try {
        const found: Member[] = [];
        for await (const member of conversation.members()) {
          found.push(member);
          if (found.length === SHOWN) break;
        }
        if (leaving.signal.aborted) return;
        setMembers(found);
        setProblem(undefined);
      } catch (error) {
        if (!leaving.signal.aborted) setProblem(reasonOf(error));
      }
    };
    void load();
    const changed = ({ entries }: { readonly entries: readonly { readonly kind: string }[] }) => {
      if (entries.some(({ kind }) => kind === "role" || kind.startsWith("member."))) void load();
    };
    conversation.on("entries", changed, { signal: leaving.signal });
    return () => leaving.abort();
  }, [conversation]);
  return { members, problem };
}
