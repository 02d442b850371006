import type { Prompt } from "./prompt.ts";

/** Asks for a new password twice, and again until both answers match. */
export async function choosePassword(prompt: Prompt, user: string): Promise<string> {
  for (;;) {
    const password = await prompt.secret(`New password for ${user}: `);
    if (password === (await prompt.secret("Repeat it: "))) return password;
    prompt.print("The passwords do not match.");
  }
}
