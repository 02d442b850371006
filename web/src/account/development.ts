import { StoredItems } from "../storage/stored-items.ts";
import { type Account, SignInError } from "./account.ts";

/** In the tab's storage, not the browser's: two windows side by side are two users. */
const items = new StoredItems("sessionStorage", "parley.");
const USER_KEY = "user";

interface Grant {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly url: string;
}

/** Returns the user named in the address (`?user=alice`), or the one this tab signed in before. */
export function rememberedUser(): string | undefined {
  return new URL(location.href).searchParams.get("user") || items.get(USER_KEY) || undefined;
}

/** Signs in to the embedded cloud, which accepts any name. Throws SignInError if `name` is not a valid user id. */
export async function signInAs(name: string): Promise<Account> {
  const user = name.normalize();
  let grant = await requestGrant(user).catch((error: unknown) => {
    if (error instanceof SignInError) throw error;
    // The server does not answer yet: the client keeps trying.
    return undefined;
  });
  items.set(USER_KEY, user);
  let isUnused = grant !== undefined;
  const forget = async () => items.set(USER_KEY, null);
  return {
    user,
    async token() {
      if (!isUnused || grant === undefined) grant = await requestGrant(user);
      isUnused = false;
      return grant;
    },
    async webSocketUrl() {
      return grant?.url ?? "";
    },
    forget,
    signOut: forget,
  };
}

async function requestGrant(user: string): Promise<Grant> {
  const response = await fetch("token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user }),
  });
  if (response.ok) return (await response.json()) as Grant;
  if (response.status === 400)
    throw new SignInError(
      "A name has 1 to 128 characters, none of them invisible, and no spaces at its start or end.",
    );
  throw new Error(`the token request failed with status ${response.status}`);
}
