import {
  type Client,
  ClientError,
  type Conversation,
  RefusedError,
  type TimelineEntry,
} from "../../client/src/index.ts";
import type { Action } from "./action.ts";

/** What cannot be done as it was asked for; the message says why. */
class MisunderstandingError extends Error {
  override readonly name = "MisunderstandingError";
}

interface CommandContext {
  readonly client: Client;
  /** The conversation that is open. */
  readonly conversation: Conversation | undefined;
}

type Done = { readonly said?: string; readonly opened?: Conversation };

/**
 * Does what a command asks for, in the order of the calls. If what goes to the log is refused, the event `rejected` says
 * so; the rest rejects with a ClientError. Rejects with `MisunderstandingError`.
 */
export async function runCommand(deed: Action, { client, conversation }: CommandContext): Promise<Done> {
  switch (deed.do) {
    case "create":
      return create(client, deed.title, deed.members);
    case "block":
    case "unblock": {
      const user = deed.user ?? conversation?.view.getSnapshot().info?.peer;
      if (user === undefined) throw new MisunderstandingError(`whom? /${deed.do} <user>`);
      await client[deed.do](user);
      return { said: deed.do === "block" ? `${user} is blocked` : `${user} is not blocked any more` };
    }
  }
  const here = openOf(conversation);
  switch (deed.do) {
    case "add":
    case "remove":
      here[deed.do](deed.users);
      break;
    case "leave":
      here.leave();
      break;
    case "rename":
      here.rename(deed.title);
      break;
    case "role":
      here.setRole(deed.user, deed.role);
      break;
    case "edit":
      here.edit(deed.of ?? lastOf(here, "yours"), deed.text);
      break;
    case "delete":
      here.delete(deed.of ?? lastOf(here, "yours"));
      break;
    case "react":
    case "unreact":
      here[deed.do](deed.of ?? lastOf(here, "others"), deed.key);
      break;
    case "mute":
    case "unmute":
      await here.mute(deed.do === "mute");
      return { said: deed.do === "mute" ? "muted" : "not muted any more" };
    case "discard":
      return { said: discard(here) };
  }
  return {};
}

async function create(client: Client, title: string, members: readonly string[]): Promise<Done> {
  try {
    const opened = await client.createGroup({ title, members });
    return { opened };
  } catch (error) {
    // Told by the event already.
    if (error instanceof RefusedError) return {};
    throw error;
  }
}

function openOf(conversation: Conversation | undefined): Conversation {
  if (conversation === undefined) throw new MisunderstandingError("where? /open <user, title or number>");
  return conversation;
}

function lastOf(conversation: Conversation, whose: "yours" | "others"): number {
  const isMeant = ({ seq, status, kind, deletedAtMs }: TimelineEntry) =>
    seq !== undefined && (status !== undefined) === (whose === "yours") && kind === "text" && !deletedAtMs;
  const seq = conversation.view.getSnapshot().entries.findLast(isMeant)?.seq;
  if (seq === undefined) throw new MisunderstandingError(`there is no message of ${whose} here`);
  return seq;
}

function discard(conversation: Conversation): string {
  const failed = conversation.view.getSnapshot().entries.filter(({ status }) => status === "failed");
  for (const { id } of failed) conversation.discard(id);
  return failed.length === 0 ? "nothing has failed here" : `${failed.length} forgotten`;
}

/** Says why what a command asked for was not done. */
export async function attempt(work: () => Promise<void>, complain: (why: string) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof MisunderstandingError)) throw error;
    complain(`not done: ${error.message}`);
  }
}
