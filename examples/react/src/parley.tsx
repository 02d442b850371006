import { type Client, type ClientOptions, createClient, type Observable } from "@parley/client";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";

const ParleyContext = createContext<Client | undefined>(undefined);

/** A client for as long as it is mounted. Other `options` make another client: never make them while rendering. */
export function ParleyProvider({ options, children }: { options: ClientOptions; children: ReactNode }) {
  const [client, setClient] = useState<Client>();
  // In an effect, since a client that was closed does not come back, and StrictMode mounts everything twice.
  useEffect(() => {
    const made = createClient(options);
    made.connect();
    setClient(made);
    return () => made.close();
  }, [options]);
  return client && <ParleyContext value={client}>{children}</ParleyContext>;
}

export function useParley(): Client {
  const client = use(ParleyContext);
  if (client === undefined) throw new Error("useParley needs a ParleyProvider around it");
  return client;
}

/** What a view, an inbox, a status, a presence or a Sending is now, and again whenever it has changed. */
export function useObservable<T>({ subscribe, getSnapshot }: Observable<T>): T {
  return useSyncExternalStore(subscribe, getSnapshot);
}
