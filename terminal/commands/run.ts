import {
  type Client,
  ClientError,
  type Conversation,
  RefusedError,
  type TimelineEntry,
} from "../../client/src/index.ts";
import type { Action } from "./action.ts";

/** The command does not apply here. The message says why. */
class CommandError extends Error {
  override readonly name = "MisunderstandingError";
}

interface CommandContext {
  readonly client: Client;
  /** The open conversation. */
  readonly conversation: Conversation | undefined;
}

/** A message to show and a conversation to open, if any. */
type CommandOutcome = { readonly message?: string; readonly opened?: Conversation };

/**
 * Runs an action; entries it sends are in call order. If the server rejects an entry, the client emits `rejected`.
 * Rejects with a `ClientError` if any other request fails, and with a `CommandError` if the action does not apply here.
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
      if (user === undefined) throw new CommandError(`name a user: /${action.do} <user>`);
      await client[action.do](user);
      return { message: action.do === "block" ? `${user} is blocked` : `${user} is no longer blocked` };
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
      return { message: action.do === "mute" ? "muted" : "no longer muted" };
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
    // The event `rejected` has reported it.
    if (error instanceof RefusedError) return {};
    throw error;
  }
}

function requireConversation(conversation: Conversation | undefined): Conversation {
  if (conversation === undefined)
    throw new CommandError("open a conversation first: /open <user, title or number>");
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
  return failed.length === 0 ? "no message has failed here" : `${failed.length} discarded`;
}

/** Runs `work` and reports the reason if it fails. */
export async function attempt(work: () => Promise<void>, report: (reason: string) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof CommandError)) throw error;
    report(`not done: ${error.message}`);
  }
}
