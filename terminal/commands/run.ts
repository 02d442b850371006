import {
  type Client,
  ClientError,
  type Conversation,
  RefusedError,
  type TimelineEntry,
} from "../../client/src/index.ts";
import type { Action } from "./action.ts";

/** What cannot be done as it was asked for; the message says why. */
class CommandError extends Error {
  override readonly name = "MisunderstandingError";
}

interface CommandContext {
  readonly client: Client;
  /** The conversation that is open. */
  readonly conversation: Conversation | undefined;
}

type CommandOutcome = { readonly message?: string; readonly opened?: Conversation };

/**
 * Does what a command asks for, in the order of the calls. If what goes to the log is refused, the event `rejected` says
 * so; the rest rejects with a ClientError. Rejects with `MisunderstandingError`.
 */
export async function runCommand(
  action: Action,
  { client, conversation }: CommandContext,
): Promise<CommandOutcome> {
  switch (action.do) {
    case "create":
      return create(client, action.title, action.members);
    case "block":
    case "unblock": {
      const user = action.user ?? conversation?.view.getSnapshot().info?.peer;
      if (user === undefined) throw new CommandError(`whom? /${action.do} <user>`);
      await client[action.do](user);
      return { message: action.do === "block" ? `${user} is blocked` : `${user} is not blocked any more` };
    }
  }
  const here = requireConversation(conversation);
  switch (action.do) {
    case "add":
    case "remove":
      here[action.do](action.users);
      break;
    case "leave":
      here.leave();
      break;
    case "rename":
      here.rename(action.title);
      break;
    case "role":
      here.setRole(action.user, action.role);
      break;
    case "edit":
      here.edit(action.of ?? lastMessageOf(here, "yours"), action.text);
      break;
    case "delete":
      here.delete(action.of ?? lastMessageOf(here, "yours"));
      break;
    case "react":
    case "unreact":
      here[action.do](action.of ?? lastMessageOf(here, "others"), action.key);
      break;
    case "mute":
    case "unmute":
      await here.mute(action.do === "mute");
      return { message: action.do === "mute" ? "muted" : "not muted any more" };
    case "discard":
      return { message: discardFailed(here) };
  }
  return {};
}

async function create(client: Client, title: string, members: readonly string[]): Promise<CommandOutcome> {
  try {
    const opened = await client.createGroup({ title, members });
    return { opened };
  } catch (error) {
    // Told by the event already.
    if (error instanceof RefusedError) return {};
    throw error;
  }
}

function requireConversation(conversation: Conversation | undefined): Conversation {
  if (conversation === undefined) throw new CommandError("where? /open <user, title or number>");
  return conversation;
}

function lastMessageOf(conversation: Conversation, whose: "yours" | "others"): number {
  const isMeant = ({ seq, status, kind, deletedAtMs }: TimelineEntry) =>
    seq !== undefined && (status !== undefined) === (whose === "yours") && kind === "text" && !deletedAtMs;
  const seq = conversation.view.getSnapshot().entries.findLast(isMeant)?.seq;
  if (seq === undefined) throw new CommandError(`there is no message of ${whose} here`);
  return seq;
}

function discardFailed(conversation: Conversation): string {
  const failed = conversation.view.getSnapshot().entries.filter(({ status }) => status === "failed");
  for (const { id } of failed) conversation.discard(id);
  return failed.length === 0 ? "nothing has failed here" : `${failed.length} forgotten`;
}

/** Says why what a command asked for was not done. */
export async function attempt(work: () => Promise<void>, report: (reason: string) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof CommandError)) throw error;
    report(`not done: ${error.message}`);
  }
}
