import { expect, test } from "vitest";
import { directConversationId } from "../../../functions/core/log/conversation-id.ts";

test("a direct conversation has the documented id, no matter which side starts it", () => {
  expect(directConversationId("alice", "bob")).toBe(directConversationId("bob", "alice"));
  // base64url(SHA-256('["alice","bob"]')), computed with coreutils
  expect(directConversationId("alice", "bob")).toBe("dO9m36lrYPsGb0-mbmFsIZdKnXUfb9ZB_XmWl111LQ0M");
});
