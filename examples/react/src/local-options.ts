import { type ClientOptions, webStorage } from "@parley/client";

/** Options for the embedded cloud of `npm start`, which gives anyone a token. For a deployment, use its URL and the tokens of your sign-in. */
export function localOptions(user: string): ClientOptions {
  let url = "";
  return {
    user,
    storage: webStorage(() => localStorage),
    url: async () => url,
    token: async () => {
      const body = JSON.stringify({ user });
      const response = await fetch("http://127.0.0.1:4510/token", { method: "POST", body });
      if (!response.ok) throw new Error(`cannot get a token: ${await response.text()}`);
      const grant: { token: string; url: string } = await response.json();
      url = grant.url;
      return grant;
    },
  };
}
