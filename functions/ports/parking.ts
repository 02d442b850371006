/**
 * Queue for records that need a person: it triggers nothing and keeps its messages for 14 days. Once `park` has
 * returned, the record is stored with its body and message group, behind the records of that group parked before it.
 * A record parked again within five minutes is stored once.
 */
export interface Parking {
  park(record: { id: string; group: string; body: string }, signal: AbortSignal): Promise<void>;
}
