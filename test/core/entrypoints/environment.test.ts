import { expect, test } from "vitest";
import { readEnvironment } from "../../../functions/entrypoints/environment.ts";

test("one error names every variable that is missing or malformed", () => {
  const variables = {
    PARLEY_TABLE: "",
    PARLEY_EPOCH_FLOOR: "two",
    PARLEY_ISSUER: "https://issuer.example.com",
  };
  expect(() => readEnvironment(["table", "epochFloor", "issuer", "audience"], variables)).toThrow(
    "Environment: PARLEY_TABLE is malformed, PARLEY_EPOCH_FLOOR is malformed, PARLEY_AUDIENCE is missing",
  );
});
