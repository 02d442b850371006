import { expect, test } from "vitest";
import { formatConnection } from "../../../terminal/screen/status-line.ts";

test("the connection state shows how many messages are waiting", () => {
  expect(formatConnection("online", 0)).toBe("");
  expect(formatConnection("online", 1)).toBe("1 sending");
  expect(formatConnection("offline", 0)).toBe("offline");
  expect(formatConnection("offline", 2)).toBe("offline, 2 waiting");
  expect(formatConnection("connecting", 2)).toBe("connecting…, 2 waiting");
});
