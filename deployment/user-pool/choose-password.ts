import type { Prompt } from "./prompt.ts";

/** Asks twice, until both are the same. */
export async function choosePassword(prompt: Prompt, user: string): Promise<string> {
  for (;;) {
    const password = await prompt.secret(`New password for ${user}: `);
    if (password === (await prompt.secret("Again: "))) return password;
    prompt.print("These were two different passwords.");
  }
}
