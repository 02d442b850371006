import { useEffect, useState } from "preact/hooks";
import type {
  Conversation,
  ConversationInfo,
  Member,
  MessageHandle,
  Role,
} from "../../../client/src/index.ts";
import { isolatedName } from "../../../client/src/ui.ts";
import { userProblem } from "../format/name-problem.ts";
import { usePresence } from "../hooks/use-presence.ts";
import { errorText } from "../state/chat.ts";
import { useChat } from "../state/context.ts";
import { LookAlikeMark } from "./look-alike-mark.tsx";
import { Avatar } from "./ui/avatar.tsx";
import { MoreIcon } from "./ui/icons.tsx";
import { Menu, MenuItem } from "./ui/menu.tsx";
import { Name } from "./ui/name.tsx";
import { UserListField } from "./user-list-field.tsx";

/** Members shown of a large group; the rest is counted. */
const MAX_SHOWN = 200;
const ROLES: readonly Role[] = ["member", "admin", "owner"];

export interface MemberListProps {
  readonly info: ConversationInfo;
  readonly conversation: Conversation;
  readonly mayManage: boolean;
  readonly onSend: (change: () => MessageHandle) => void;
}

/** Members of a group with their roles, and the changes that the user may make. */
export function MemberList({ info, conversation, mayManage, onSend }: MemberListProps) {
  const { user } = useChat();
  const presence = usePresence();
  const { members, problem } = useMembers(conversation);
  const [newMembers, setNewMembers] = useState<readonly string[]>([]);
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
                <Name of={member.user} />
                {member.user === user && " (you)"}
              </span>
              <LookAlikeMark user={member.user} />
              {online && <span class="visually-hidden">online</span>}
              {member.role !== "member" && <span class="role">{member.role}</span>}
              <MemberMenu
                member={member}
                ownRole={info.role}
                me={user}
                conversation={conversation}
                onSend={onSend}
              />
            </li>
          );
        })}
      </ul>
      {count > members.length && members.length >= MAX_SHOWN && (
        <p class="hint">and {count - members.length} more</p>
      )}
      {mayManage && (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            if (newMembers.length === 0) return;
            onSend(() => {
              const refusal = userProblem(newMembers);
              if (refusal !== undefined) throw new Error(refusal);
              return conversation.add(newMembers);
            });
            setNewMembers([]);
          }}
        >
          <UserListField label="Add people" users={newMembers} onChange={setNewMembers} />
          <button type="submit">Add</button>
        </form>
      )}
    </section>
  );
}

interface MemberMenuProps {
  readonly member: Member;
  readonly ownRole: Role | undefined;
  readonly me: string;
  readonly conversation: Conversation;
  readonly onSend: (change: () => MessageHandle) => void;
}

/** Changes that the user may make to a member: an owner may do everything, an admin may remove plain members. */
function MemberMenu({ member: { user, role }, ownRole, me, conversation, onSend }: MemberMenuProps) {
  const isOwner = ownRole === "owner";
  const mayRemove = user !== me && (isOwner || (ownRole === "admin" && role === "member"));
  if (!isOwner && !mayRemove) return null;
  return (
    <Menu label={`Change ${isolatedName(user)}`} button={<MoreIcon />}>
      {(close) => {
        const select = (change: () => MessageHandle) => () => {
          onSend(change);
          close();
        };
        return (
          <>
            {isOwner &&
              ROLES.filter((other) => other !== role).map((other) => (
                <MenuItem key={other} onSelect={select(() => conversation.setRole(user, other))}>
                  Make {other}
                </MenuItem>
              ))}
            {mayRemove && (
              <MenuItem danger onSelect={select(() => conversation.remove([user]))}>
                Remove from the group
              </MenuItem>
            )}
          </>
        );
      }}
    </Menu>
  );
}

/** Loads the members from the server, again after each change of members or roles. */
function useMembers(conversation: Conversation) {
  const [members, setMembers] = useState<readonly Member[]>([]);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const unmount = new AbortController();
    const load = async () => {
      try {
        const found: Member[] = [];
        for await (const member of conversation.members()) {
          found.push(member);
          if (found.length === MAX_SHOWN) break;
        }
        if (unmount.signal.aborted) return;
        setMembers(found);
        setProblem(undefined);
      } catch (error) {
        if (!unmount.signal.aborted) setProblem(errorText(error));
      }
    };
    void load();
    const onEntries = ({ entries }: { readonly entries: readonly { readonly kind: string }[] }) => {
      if (entries.some(({ kind }) => kind === "role" || kind.startsWith("member."))) void load();
    };
    conversation.on("entries", onEntries, { signal: unmount.signal });
    return () => unmount.abort();
  }, [conversation]);
  return { members, problem };
}
