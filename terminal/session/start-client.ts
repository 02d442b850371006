import { type Client, type ClientStorage, createClient } from "../../client/src/index.ts";
import { type Access, type Grant, GrantRefusedError, NoServerError } from "../access/access.ts";

export interface StartOptions {
  readonly access: Access;
  readonly storage: ClientStorage | undefined;
  /** Ends what is asked for at that moment. */
  readonly signal: AbortSignal;
  /** Why there is no connection; said once for every outage, not for every attempt. */
  readonly onProblem: (problem: string) => void;
  /** There will be none. */
  readonly onRefused: (error: GrantRefusedError) => void;
}

/** A client that gets in by `access`; to be connected by whoever listens to it. */
export function startClient({ access, storage, signal, onProblem, onRefused }: StartOptions): Client {
  let grant: Grant | undefined;
  let reported: string | undefined;
  const reportOnce = (problem: string) => {
    if (problem !== reported) onProblem(problem);
    reported = problem;
  };
  const client = createClient({
    user: access.user,
    token: async () => {
      try {
        grant = await access.grant(signal);
        return grant;
      } catch (error) {
        grant = undefined;
        if (signal.aborted) throw error;
        if (error instanceof NoServerError) reportOnce(error.message);
        if (error instanceof GrantRefusedError) onRefused(error);
        throw error;
      }
    },
    url: async () => grant?.url ?? "",
    ...(storage !== undefined && { storage }),
    // Somebody sits in front of it: back soon after the server is.
    timings: { reconnect: { baseMs: 250, capMs: 2_000 } },
  });
  client.on("state", (state) => {
    if (state !== "online") return;
    access.markAccepted();
    reported = undefined;
  });
  client.on("error", ({ code }) => {
    // With a token in hand: not the issuer, but the endpoint.
    if (code === "unreachable" && grant !== undefined) {
      reportOnce(`no connection to ${new URL(grant.url).host}: refused, or nobody there; waiting…`);
    }
  });
  return client;
}
