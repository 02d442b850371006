import { useEffect, useMemo, useState } from "preact/hooks";
import type { WebPageConfig } from "../../../wiring/web-page.ts";
import type { Account } from "../account/account.ts";
import type { OidcSignIn } from "../account/oidc.ts";
import { type Chat, openChat } from "../state/chat.ts";
import { ChatContext } from "../state/context.ts";
import { selectedMessage } from "../state/inspector.ts";
import { resetAddress } from "../state/route.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

export interface AppProps {
  readonly config: WebPageConfig;
  readonly oidc: OidcSignIn | undefined;
  /** The user already signed in; undefined if none is. */
  readonly account: Account | undefined;
  /** Reason why signing in failed, for the user. */
  readonly problem: string | undefined;
}

/** Shows the chat of the signed-in user, or the sign-in form. */
export function App({ config, oidc, account: initialAccount, problem }: AppProps) {
  const [account, setAccount] = useState(initialAccount);
  const [reason, setReason] = useState(problem);

  if (account === undefined) return <SignIn oidc={oidc} reason={reason} onSignedIn={setAccount} />;
  return (
    <SignedIn
      account={account}
      config={config}
      onEnded={(endReason) => {
        setReason(endReason);
        setAccount(undefined);
      }}
    />
  );
}

interface SignedInProps {
  readonly account: Account;
  readonly config: WebPageConfig;
  readonly onEnded: (reason: string | undefined) => void;
}

function SignedIn({ account, config, onEnded }: SignedInProps) {
  const isEmbedded = config.signIn === "development";
  const chat = useMemo((): Chat => openChat(account, config.inspector ?? isEmbedded), [account]);
  // Runs once for each chat: reports its end, and closes its client.
  useEffect(() => {
    const stop = chat.client.on("state", (state) => {
      if (state !== "ended") return;
      resetAddress();
      selectedMessage.set(undefined);
      onEnded(chat.toast.getSnapshot());
    });
    return () => {
      stop();
      chat.client.close();
    };
  }, [chat]);
  return (
    <ChatContext.Provider value={chat}>
      <Shell isEmbedded={isEmbedded} />
    </ChatContext.Provider>
  );
}
