import {
  confirmSignUp,
  setNewPassword,
  signIn,
  signUp,
  type Tokens,
} from "../../deployment/user-pool/app-client.ts";
import { choosePassword } from "../../deployment/user-pool/choose-password.ts";
import type { Prompt } from "../../deployment/user-pool/prompt.ts";
import { SignInError } from "../../deployment/user-pool/sign-in-error.ts";
import type { UserPool } from "../../deployment/user-pool/user-pool.ts";

export interface SignInOptions {
  readonly pool: UserPool;
  readonly user: string;
  /** Used instead of prompting. */
  readonly password: string | undefined;
  /** Creates the user first. */
  readonly signUp: boolean;
  /** Undefined without a terminal. */
  readonly prompt: Prompt | undefined;
  /** Command with which an operator adds or confirms the user. */
  readonly addUserCommand: string;
}

/** Number of times a user may type their password. */
const ATTEMPTS = 3;

/** Signs the user in, or up and then in, prompting for missing input. Throws `SignInError` and `PromptCancelledError`. */
export async function signInAtTerminal(options: SignInOptions): Promise<Tokens> {
  if (options.signUp) return signUpFirst(options);
  const { prompt, user, password, pool } = options;
  if (password !== undefined) return signInWith(options, password);
  if (prompt === undefined) throw new SignInError("refused", noTerminal(user));
  for (let attempt = 1; ; attempt += 1) {
    const typed = await prompt.secret(
      attempt === 1 ? `Password of ${user}: ` : `Password of ${user} (empty to sign up as a new user): `,
    );
    if (typed === "" && attempt > 1) return signUpFirst(options);
    try {
      return await signInWith(options, typed);
    } catch (error) {
      if (!(error instanceof SignInError) || error.code !== "refused" || attempt === ATTEMPTS) throw error;
      prompt.print(`Unknown user in ${pool.userPoolId}, or wrong password.`);
    }
  }
}

async function signInWith(options: SignInOptions, password: string): Promise<Tokens> {
  const { pool, user, prompt } = options;
  try {
    const answer = await signIn(pool, user, password);
    if (!("newPasswordRequired" in answer)) return answer;
    if (prompt === undefined) {
      throw new SignInError("challenge", `${user} has to choose a new password: sign in once at a terminal.`);
    }
    prompt.print("This is a temporary password; choose your own.");
    return await setNewPassword(pool, user, answer, await choosePassword(prompt, user));
  } catch (error) {
    if (!(error instanceof SignInError) || error.code !== "not_confirmed") throw error;
    await confirm(options, true);
    return signInWith(options, password);
  }
}

async function signUpFirst(options: SignInOptions): Promise<Tokens> {
  const { pool, user, prompt } = options;
  const password = options.password ?? (prompt && (await choosePassword(prompt, user)));
  if (password === undefined) throw new SignInError("refused", noTerminal(user));
  const email = await prompt?.line(
    "E-mail address for a confirmation code (empty: an operator confirms you): ",
  );
  try {
    if (!(await signUp(pool, user, password, email || undefined))) await confirm(options, Boolean(email));
  } catch (error) {
    const closed = error instanceof SignInError && error.code === "sign_up_closed";
    throw closed
      ? new SignInError(
          "sign_up_closed",
          `${error.message} An operator adds users with: ${options.addUserCommand}`,
        )
      : error;
  }
  return signInWith(options, password);
}

/** Confirms the sign-up with the e-hasEmail code, or throws an error that names the operator's command. */
async function confirm(
  { pool, user, prompt, addUserCommand }: SignInOptions,
  hasEmail: boolean,
): Promise<void> {
  const code = hasEmail ? await prompt?.line("Code from the e-mail (empty if you have none): ") : undefined;
  if (code) await confirmSignUp(pool, user, code.trim());
  else {
    throw new SignInError(
      "not_confirmed",
      `${user} has signed up and is not confirmed yet. An operator confirms them with: ${addUserCommand}`,
    );
  }
}

function noTerminal(user: string): string {
  return `There is no terminal to ask for the password of ${user}: set PARLEY_PASSWORD.`;
}
