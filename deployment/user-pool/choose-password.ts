import type { Ask } from "./ask.ts";

/** Asks twice, until both are the same. */
export async function choosePassword(ask: Ask, user: string): Promise<string> {
  for (;;) {
    const password = await ask.secret(`New password for ${user}: `);
    if (password === (await ask.secret("Again: "))) return password;
    ask.say("These were two different passwords.");
  }
}
