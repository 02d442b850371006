import { render } from "preact";
import { type Account, SignInError } from "./account/account.ts";
import { rememberedUser, signInAs } from "./account/development.ts";
import { App } from "./components/app.tsx";
import { hideCompositionKeys } from "./components/ui/composition-keys.ts";
import { fitToVisualViewport } from "./components/ui/visual-viewport.ts";
import { loadPageConfig } from "./page-config.ts";
import "@fontsource-variable/inter/wght.css";
import "./styles/index.css";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has no element #app");

hideCompositionKeys();
fitToVisualViewport();

try {
  const config = await loadPageConfig();
  // The OpenID Connect library is loaded only if there is an issuer.
  const oidc =
    config.signIn === "oidc" ? new (await import("./account/oidc.ts")).OidcSignIn(config) : undefined;
  let account: Account | undefined;
  let problem: string | undefined;
  try {
    const user = oidc === undefined ? rememberedUser() : undefined;
    if (oidc !== undefined) account = await oidc.resume();
    else if (user !== undefined) account = await signInAs(user);
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    problem = error.message;
  }
  render(<App config={config} oidc={oidc} account={account} problem={problem} />, root);
} catch (error) {
  root.textContent = `Parley cannot start: ${error instanceof Error ? error.message : String(error)}`;
}
