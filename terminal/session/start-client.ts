import { type Client, type ClientStorage, createClient } from "../../client/src/index.ts";
import { type Access, type Grant, GrantRefusedError, NoServerError } from "../access/access.ts";

export interface StartOptions {
  readonly access: Access;
  readonly storage: ClientStorage | undefined;
  /** Cancels a grant request in progress. */
  readonly signal: AbortSignal;
  /** Receives the reason for a lost connection, once for every outage instead of for every attempt. */
  readonly onProblem: (problem: string) => void;
  /** Called if there will be no connection. */
  readonly onRefused: (error: GrantRefusedError) => void;
}

/** Creates a client that connects with `access`. The caller connects it after adding its listeners. */
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
    // Shorter than the default, because a person is waiting.
    timings: { reconnect: { baseMs: 250, capMs: 2_000 } },
  });
  client.on("state", (state) => {
    if (state !== "online") return;
    access.markAccepted();
    reported = undefined;
  });
  client.on("error", ({ code }) => {
    // There is a grant, so the endpoint failed, not the issuer.
    if (code === "unreachable" && grant !== undefined) {
      reportOnce(`no connection to ${new URL(grant.url).host}: refused or no answer; waiting…`);
    }
  });
  return client;
}
