import type { ScriptedAnswer, ScriptedCall } from "./aws/scripted-aws.ts";

interface ScriptedUser {
  password: string;
  status: "CONFIRMED" | "UNCONFIRMED" | "FORCE_CHANGE_PASSWORD";
}

const CODE = "123456";

/** A Cognito user pool, as far as operators' tools and the terminal need one. */
export class ScriptedUserPool {
  readonly users = new Map<string, ScriptedUser>();
  selfSignUp = true;
  /** True if refresh tokens are revoked. */
  signedOut = false;
  expiresInSeconds = 3600;

  add(user: string, password: string, status: ScriptedUser["status"] = "CONFIRMED"): this {
    this.users.set(user, { password, status });
    return this;
  }

  /** Answers a call of Cognito; undefined for any other call. */
  answer({ action, input }: ScriptedCall): ScriptedAnswer | undefined {
    const text = (key: string) => String(input[key] ?? "");
    switch (action) {
      case "InitiateAuth":
      case "AdminInitiateAuth": {
        const { USERNAME = "", PASSWORD, REFRESH_TOKEN } = input.AuthParameters as Record<string, string>;
        if (input.AuthFlow === "REFRESH_TOKEN_AUTH") return this.#refresh(REFRESH_TOKEN ?? "");
        return this.#signIn(USERNAME, PASSWORD ?? "");
      }
      case "RespondToAuthChallenge": {
        const { USERNAME = "", NEW_PASSWORD = "" } = input.ChallengeResponses as Record<string, string>;
        this.add(USERNAME, NEW_PASSWORD);
        return this.#tokens(USERNAME);
      }
      case "SignUp":
        if (!this.selfSignUp) return { error: "NotAuthorizedException", message: "SignUp is not permitted" };
        return this.#create(text("Username"), text("Password"), "UNCONFIRMED");
      case "ConfirmSignUp":
        if (text("ConfirmationCode") !== CODE)
          return { error: "CodeMismatchException", message: "Wrong code" };
        return this.#change(text("Username"), { status: "CONFIRMED" });
      case "AdminGetUser":
        return this.users.has(text("Username"))
          ? { UserStatus: this.users.get(text("Username"))?.status }
          : { error: "UserNotFoundException" };
      case "AdminCreateUser":
        return this.#create(text("Username"), text("TemporaryPassword"), "FORCE_CHANGE_PASSWORD");
      case "AdminSetUserPassword":
        return this.#change(text("Username"), { password: text("Password"), status: "CONFIRMED" });
      case "AdminConfirmSignUp":
        return this.#change(text("Username"), { status: "CONFIRMED" });
      case "AdminDeleteUser":
        return this.users.delete(text("Username")) ? {} : { error: "UserNotFoundException" };
      default:
        return undefined;
    }
  }

  #signIn(user: string, password: string): ScriptedAnswer {
    const stored = this.users.get(user);
    if (stored === undefined || stored.password !== password) {
      return { error: "NotAuthorizedException", message: "Incorrect username or password." };
    }
    if (stored.status === "UNCONFIRMED") return { error: "UserNotConfirmedException" };
    if (stored.status === "FORCE_CHANGE_PASSWORD") {
      return { ChallengeName: "NEW_PASSWORD_REQUIRED", Session: "session", ChallengeParameters: {} };
    }
    return this.#tokens(user);
  }

  #refresh(token: string): ScriptedAnswer {
    if (this.signedOut) {
      return { error: "NotAuthorizedException", message: "Refresh Token has been revoked" };
    }
    return this.#tokens(token.replace("refresh.", ""));
  }

  #create(user: string, password: string, status: ScriptedUser["status"]): ScriptedAnswer {
    if (this.users.has(user)) return { error: "UsernameExistsException", message: "User already exists" };
    if (password.length < 12) {
      return { error: "InvalidPasswordException", message: "Password not long enough" };
    }
    this.add(user, password, status);
    return { UserConfirmed: false, UserSub: user };
  }

  #change(user: string, changes: Partial<ScriptedUser>): ScriptedAnswer {
    const stored = this.users.get(user);
    if (stored === undefined) return { error: "UserNotFoundException" };
    Object.assign(stored, changes);
    return {};
  }

  #tokens(user: string): ScriptedAnswer {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { username: user, exp: Math.floor(Date.now() / 1000) + this.expiresInSeconds };
    return {
      AuthenticationResult: {
        AccessToken: `${part({ alg: "none" })}.${part(claims)}.none`,
        RefreshToken: `refresh.${user}`,
        ExpiresIn: this.expiresInSeconds,
      },
    };
  }
}
