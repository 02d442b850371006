import { expect, test } from "vitest";
import { laneDigit, laneOf } from "../../../functions/core/shared/partition.ts";
import { LANE_ATTRIBUTE, LANE_COUNTS, laneFilterPolicy } from "../../../wiring/lanes.ts";

test.for(LANE_COUNTS)(
  "with %d lanes, a conversation's lane is the one whose filter policy matches it",
  (lanes) => {
    for (let number = 0; number < 200; number++) {
      const conversation = `conversation-${number}`;
      const policy = laneFilterPolicy(undefined, laneOf(conversation, lanes), lanes);
      if (lanes === 1) expect(policy).toBeUndefined();
      else expect(policy?.[LANE_ATTRIBUTE]).toContain(laneDigit(conversation));
    }
  },
);
