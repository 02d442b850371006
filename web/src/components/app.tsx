import { useEffect, useMemo, useState } from "preact/hooks";
import type { WebPageConfig } from "../../../wiring/web-page.ts";
import type { Account } from "../account/account.ts";
import type { OidcSignIn } from "../account/oidc.ts";
import { type Chat, openChat } from "../state/chat.ts";
import { ChatContext } from "../state/context.ts";
import { selectedMessage } from "../state/inspector.ts";
import { forgetAddress } from "../state/route.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

export interface AppProps {
  readonly config: WebPageConfig;
  readonly oidc: OidcSignIn | undefined;
  /** Who is signed in already. */
  readonly account: Account | undefined;
  /** Why nobody is. */
  readonly problem: string | undefined;
}

export function App({ config, oidc, account: first, problem }: AppProps) {
  const [account, setAccount] = useState(first);
  const [reason, setReason] = useState(problem);

  if (account === undefined) return <SignIn oidc={oidc} reason={reason} onSignedIn={setAccount} />;
  return (
    <SignedIn
      account={account}
      isEmbedded={config.signIn === "development"}
      onEnded={(why) => {
        setReason(why);
        setAccount(undefined);
      }}
    />
  );
}

interface SignedInProps {
  readonly account: Account;
  readonly isEmbedded: boolean;
  readonly onEnded: (reason: string | undefined) => void;
}

function SignedIn({ account, isEmbedded, onEnded }: SignedInProps) {
  const chat = useMemo((): Chat => openChat(account), [account]);
  // The end of this chat, once.
  useEffect(() => {
    const stop = chat.client.on("state", (state) => {
      if (state !== "ended") return;
      forgetAddress();
      selectedMessage.set(undefined);
      onEnded(chat.notice.getSnapshot());
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
