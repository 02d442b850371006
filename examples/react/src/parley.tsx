import { type Client, type ClientOptions, createClient, type Observable } from "@parley/client";
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";

const ParleyContext = createContext<Client | undefined>(undefined);

/** Provides a client while it is mounted. Other `options` create another client: never create them while rendering. */
export function ParleyProvider({ options, children }: { options: ClientOptions; children: ReactNode }) {
  const [client, setClient] = useState<Client>();
  // In an effect, since a closed client cannot be reopened and StrictMode mounts everything twice.
  useEffect(() => {
    const created = createClient(options);
    created.connect();
    setClient(created);
    return () => created.close();
  }, [options]);
  return client && <ParleyContext value={client}>{children}</ParleyContext>;
}

export function useParley(): Client {
  const client = use(ParleyContext);
  if (client === undefined) throw new Error("useParley needs a ParleyProvider around it");
  return client;
}

/** Returns the value of a view, inbox, status, presence or message handle, and renders again whenever it has changed. */
export function useObservable<T>({ subscribe, getSnapshot }: Observable<T>): T {
  return useSyncExternalStore(subscribe, getSnapshot);
}
