import { expect, test } from "vitest";
import { readArguments } from "../../bench/cost/arguments.ts";

test("the command line accepts every input by its flag and names unknown or invalid ones", () => {
  const args = readArguments(["--users", "500", "--group-share", "0.8", "--json"]);
  expect(args).toMatchObject({ json: true, traffic: { users: 500, groupShare: 0.8, devices: 1.2 } });
  expect(() => readArguments(["--user", "5"])).toThrow("--user");
  expect(() => readArguments(["--group-share", "2"])).toThrow("group-share");
  expect(() => readArguments(["--users", "many"])).toThrow("users");
});
