import { LANE_ATTRIBUTE } from "../../../wiring/lanes.ts";
import { laneDigit } from "../../core/shared/partition.ts";

/** Builds an entries topic message, in the message group and the lane of its conversation. */
export function entriesMessage(body: string, conversation: string, deduplicationId: string) {
  return {
    Message: body,
    MessageGroupId: conversation,
    MessageDeduplicationId: deduplicationId,
    MessageAttributes: { [LANE_ATTRIBUTE]: stringAttribute(laneDigit(conversation)) },
  };
}

export function stringAttribute(value: string) {
  return { DataType: "String", StringValue: value };
}
