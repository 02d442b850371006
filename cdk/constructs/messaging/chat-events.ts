import { SubscriptionFilter } from "aws-cdk-lib/aws-sns";
import { OUTBOUND_TYPE_ATTRIBUTE } from "../../../wiring/manifest.ts";

/** Families of events that a deployment can publish. `member` covers three event types. */
export const EVENT_FAMILIES = ["message.committed", "message.undelivered", "member"] as const;

export type EventFamily = (typeof EVENT_FAMILIES)[number];

/** Family of each event type; `undefined` means always published. docs/events.md describes each type. */
const EVENT_TYPES = {
  "message.committed": "message.committed",
  "message.undelivered": "message.undelivered",
  "member.add": "member",
  "member.remove": "member",
  "member.leave": "member",
  "presence.online": undefined,
  "presence.offline": undefined,
  "message.refused": undefined,
} as const satisfies Record<string, EventFamily | undefined>;

export type EventType = keyof typeof EVENT_TYPES;

/** Returns the filter policy of a subscription to these types. Throws for a type that this deployment does not publish. */
export function eventFilter(
  published: readonly EventFamily[],
  types: readonly EventType[],
): Record<string, SubscriptionFilter> {
  for (const type of types) {
    const family = EVENT_TYPES[type];
    if (family !== undefined && !published.includes(family)) {
      throw new Error(`${type} is not published: add "${family}" to the events of the ParleyChat`);
    }
  }
  return { [OUTBOUND_TYPE_ATTRIBUTE]: SubscriptionFilter.stringFilter({ allowlist: [...types] }) };
}
