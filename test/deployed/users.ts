import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import {
  AdminConfirmSignUpCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  InitiateAuthCommand,
  SignUpCommand,
  UserNotFoundException,
} from "@aws-sdk/client-cognito-identity-provider";
import type { Outputs } from "./outputs.ts";

/** Users whose tokens open connections to the stack. */
export interface Users {
  /** Returns a token of a user. Creates the user on the first call. */
  token(user: string): Promise<string>;
  /** Notes that a user was deleted: the next token is that of a new one. */
  deleted(user: string): void;
  /** Deletes all users that were created here. */
  remove(): Promise<void>;
}

export function stackUsers({ UserPoolId, ClientId, Issuer }: Outputs): Users {
  const command = process.env.PARLEY_TOKEN_COMMAND;
  if (command !== undefined) return new CommandUsers(command);
  if (UserPoolId !== undefined) return new CognitoUsers(UserPoolId, ClientId);
  throw new Error(
    `The stack trusts ${Issuer}: set PARLEY_TOKEN_COMMAND to a command that prints its token for the user $1.`,
  );
}

class CommandUsers implements Users {
  readonly #command: string;

  constructor(command: string) {
    this.#command = command;
  }

  async token(user: string): Promise<string> {
    const { stdout } = await promisify(execFile)("sh", ["-c", this.#command, "token", user]);
    return stdout.trim();
  }

  deleted(): void {
    // The command makes whatever its issuer needs.
  }

  async remove(): Promise<void> {
    // Deleting them is left to the owner of the token command.
  }
}

/** Users of the stack's pool. They sign up if the pool allows it; otherwise an administrator creates them. */
class CognitoUsers implements Users {
  readonly #cognito = new CognitoIdentityProviderClient({});
  readonly #pool: string;
  readonly #client: string;
  readonly #passwords = new Map<string, Promise<string>>();
  #administered: Promise<boolean> | undefined;

  constructor(pool: string, client: string) {
    this.#pool = pool;
    this.#client = client;
  }

  async token(user: string): Promise<string> {
    const known = this.#passwords.get(user) ?? this.#create(user);
    this.#passwords.set(user, known);
    const { AuthenticationResult } = await this.#cognito.send(
      new InitiateAuthCommand({
        ClientId: this.#client,
        AuthFlow: "USER_PASSWORD_AUTH",
        AuthParameters: { USERNAME: user, PASSWORD: await known },
      }),
    );
    const token = AuthenticationResult?.AccessToken;
    if (token === undefined) throw new Error(`Cognito returned no access token for ${user}`);
    return token;
  }

  deleted(user: string): void {
    this.#passwords.delete(user);
  }

  async remove(): Promise<void> {
    for (const Username of this.#passwords.keys()) {
      const deletion = new AdminDeleteUserCommand({ UserPoolId: this.#pool, Username });
      await this.#cognito.send(deletion).catch((error: unknown) => {
        // A test has erased it.
        if (!(error instanceof UserNotFoundException)) throw error;
      });
    }
  }

  async #create(user: string): Promise<string> {
    // Contains every kind of character that the pool's policy requires.
    const password = `aA1!${randomBytes(18).toString("base64url")}`;
    const named = { UserPoolId: this.#pool, Username: user };
    this.#administered ??= this.#isAdministered();
    if (await this.#administered) {
      await this.#cognito.send(new AdminCreateUserCommand({ ...named, MessageAction: "SUPPRESS" }));
      const Permanent = true;
      await this.#cognito.send(new AdminSetUserPasswordCommand({ ...named, Password: password, Permanent }));
    } else {
      const signUp = { ClientId: this.#client, Username: user, Password: password };
      await this.#cognito.send(new SignUpCommand(signUp));
      // Replaces the code by mail, which nobody here reads.
      await this.#cognito.send(new AdminConfirmSignUpCommand(named));
    }
    return password;
  }

  async #isAdministered(): Promise<boolean> {
    const { UserPool } = await this.#cognito.send(new DescribeUserPoolCommand({ UserPoolId: this.#pool }));
    return UserPool?.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false;
  }
}
