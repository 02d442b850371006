import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export const CLIENT_ID = "parley-web";
export const AUDIENCE = "urn:parley";

export interface OpenIdProvider {
  readonly issuer: string;
  /** Lets the page at this address sign its users in from now on. */
  serve(pageUrl: string): void;
  stop(): Promise<void>;
}

/** Starts a certified OpenID provider on this machine. It accepts any name and password; the name is the `sub`. */
export async function startOpenIdProvider(options: { accessTokenSeconds: number }): Promise<OpenIdProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    serve(pageUrl) {
      const provider = new Provider(issuer, {
        clients: [
          {
            client_id: CLIENT_ID,
            // A public client has to use PKCE.
            token_endpoint_auth_method: "none",
            application_type: "native",
            redirect_uris: [pageUrl],
            post_logout_redirect_uris: [pageUrl],
            grant_types: ["authorization_code", "refresh_token"],
            response_types: ["code"],
          },
        ],
        cookies: { keys: ["of this test"] },
        clientBasedCORS: () => true,
        issueRefreshToken: async () => true,
        // As in Cognito. A page that is reloaded while it renews would lose a token that may be used once.
        rotateRefreshToken: false,
        features: {
          revocation: { enabled: true },
          resourceIndicators: {
            enabled: true,
            defaultResource: () => AUDIENCE,
            useGrantedResource: () => true,
            getResourceServerInfo: () => ({
              scope: "",
              audience: AUDIENCE,
              accessTokenFormat: "jwt",
              accessTokenTTL: options.accessTokenSeconds,
            }),
          },
        },
      });
      server.on("request", provider.callback());
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
