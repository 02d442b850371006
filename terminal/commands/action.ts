import type { Role } from "../../client/src/index.ts";

/** Action of a command on a conversation or a user. `of` is the sequence number of an entry. */
export type Action =
  | { readonly do: "create"; readonly title: string; readonly members: readonly string[] }
  | { readonly do: "add" | "remove"; readonly users: readonly string[] }
  | { readonly do: "leave" | "mute" | "unmute" | "discard" }
  | { readonly do: "rename"; readonly title: string }
  | { readonly do: "role"; readonly user: string; readonly role: Role }
  | { readonly do: "edit"; readonly of: number | undefined; readonly text: string }
  | { readonly do: "delete"; readonly of: number | undefined }
  | { readonly do: "react" | "unreact"; readonly of: number | undefined; readonly key: string }
  | { readonly do: "block" | "unblock"; readonly user: string | undefined };

/** A parsed line of input. */
export type Input =
  | { readonly do: "send"; readonly text: string }
  | { readonly do: "open"; readonly name: string }
  | { readonly do: "list" | "history" | "members" | "numbers" | "help" | "quit" | "nothing" }
  | Action
  | { readonly do: "invalid"; readonly reason: string };
