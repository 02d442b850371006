import {
  type Client,
  type ClientEvents,
  type ClientOptions,
  createClient,
  type Timings,
} from "../../../client/src/index.ts";

/** Short delays, so that tests wait for conditions and not for the clock. */
const QUICK: Partial<Timings> = {
  gapWaitMs: 20,
  reconnect: { baseMs: 10, capMs: 50 },
  retry: { baseMs: 10, capMs: 50 },
};

/** A client that records its events. */
export interface Device {
  readonly client: Client;
  /** Every event, in order. */
  readonly events: {
    [K in keyof ClientEvents]: { event: K; payload: ClientEvents[K] };
  }[keyof ClientEvents][];
  of<K extends keyof ClientEvents>(event: K): ClientEvents[K][];
  /** Texts of a conversation, as an application would show them. */
  texts(conversation: string): string[];
  seqs(conversation: string): number[];
}

const EVENTS = ["state", "entries", "acknowledged", "rejected", "conversation", "reset", "error"] as const;

export function openDevice(
  server: { readonly url: string },
  user: string,
  options: Partial<ClientOptions> = {},
): Device {
  const client = createClient({
    user,
    url: server.url,
    token: async () => `token.${user}`,
    // Most tests are not about delivered receipts.
    delivered: false,
    ...options,
    timings: { ...QUICK, ...options.timings },
  });
  const events: Device["events"] = [];
  for (const event of EVENTS) {
    client.on(event, (payload) => events.push({ event, payload } as Device["events"][number]));
  }
  const of = <K extends keyof ClientEvents>(name: K) =>
    events.filter(({ event }) => event === name).map(({ payload }) => payload as ClientEvents[K]);
  const entries = (conversation: string) =>
    of("entries")
      .filter((event) => event.conversation === conversation)
      .flatMap((event) => event.entries);
  client.connect();
  return {
    client,
    events,
    of,
    texts: (conversation) => entries(conversation).map(({ body }) => (body as { text: string }).text),
    seqs: (conversation) => entries(conversation).map(({ seq }) => seq),
  };
}
