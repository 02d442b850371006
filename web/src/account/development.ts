import { type Account, SignInError } from "./account.ts";

/** Of the tab, not of the browser: two windows side by side are two people. */
const USER_KEY = "parley.user";

interface Grant {
  readonly token: string;
  readonly expiresAtMs: number;
  readonly url: string;
}

/** Whoever this tab was before, or whom the address says: `?user=alice`. */
export function knownUser(): string | undefined {
  return new URL(location.href).searchParams.get("user") || sessionStorage.getItem(USER_KEY) || undefined;
}

/** The embedded cloud believes everyone. Throws SignInError for what is no user id. */
export async function signInAs(user: string): Promise<Account> {
  const first = await requestGrant(user).catch((error: unknown) => {
    if (error instanceof SignInError) throw error;
    // Nobody there yet: the client goes on trying.
    return undefined;
  });
  sessionStorage.setItem(USER_KEY, user);
  let grant = first;
  let isFresh = first !== undefined;
  const forget = async () => sessionStorage.removeItem(USER_KEY);
  return {
    user,
    async token() {
      if (!isFresh || grant === undefined) grant = await requestGrant(user);
      isFresh = false;
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
    throw new SignInError("A name has 1 to 128 characters, and no spaces at its ends.");
  throw new Error(`no token: ${response.status}`);
}
