/**
 * Where records wait for a person: nothing is triggered by it, and what is in it stays for 14 days. A record whose
 * `park` returned is there, with the body and the group it had, behind those of its group that were parked before;
 * parked again within five minutes it is still there once.
 */
export interface Parking {
  park(record: { id: string; group: string; body: string }, signal: AbortSignal): Promise<void>;
}
