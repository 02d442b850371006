import { useState } from "preact/hooks";
import type { Account } from "../account/account.ts";
import { SignInError } from "../account/account.ts";
import { signInAs } from "../account/development.ts";
import type { OidcSignIn } from "../account/oidc.ts";
import { errorText } from "../state/chat.ts";

export interface SignInProps {
  /** Undefined on the embedded cloud. */
  readonly oidc: OidcSignIn | undefined;
  /** Reason why the last session ended or signing in failed. */
  readonly reason: string | undefined;
  readonly onSignedIn: (account: Account) => void;
}

/** Sign-in form: by name on the embedded cloud, at the issuer elsewhere. */
export function SignIn({ oidc, reason, onSignedIn }: SignInProps) {
  const [problem, setProblem] = useState(reason);
  const [busy, setBusy] = useState(false);

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main class="sign-in">
      <div class="card">
        <header>
          <h1 class="brand">Parley</h1>
          <p class="hint">Nothing lost, nothing doubled, everything in order.</p>
        </header>
        {oidc === undefined ? (
          <NameForm busy={busy} onName={(name) => attempt(async () => onSignedIn(await signInAs(name)))} />
        ) : (
          <button type="button" class="primary" disabled={busy} onClick={() => attempt(() => oidc.start())}>
            Sign in
          </button>
        )}
        <p class="problem" role="alert">
          {problem}
        </p>
      </div>
    </main>
  );
}

function NameForm({ busy, onName }: { busy: boolean; onName: (name: string) => void }) {
  const [name, setName] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") onName(name.trim());
      }}
    >
      <label>
        Who are you?
        <input
          autofocus
          name="user"
          dir="auto"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          placeholder="for example alice"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={busy || name.trim() === ""}>
        Start chatting
      </button>
      <p class="hint">
        This Parley runs on your own machine, so any name will do. Open a second window to be somebody else.
      </p>
    </form>
  );
}
