import { expect, test } from "vitest";
import { parseSelector } from "../../deployment/selector.ts";

test.for([
  [{ env: "dev", stack: "parley-dev" }, "Either --env or --stack."],
  [{ env: "dev", local: "http://127.0.0.1:4510" }, "--local goes with no other deployment."],
  [{ local: "4510" }, '--local is a URL such as http://127.0.0.1:4510, not "4510".'],
  [{}, undefined],
  [
    { env: "dev", outputs: "file" },
    { file: "file", stack: "parley-dev" },
  ],
])("%j means %j", ([values, where]) => {
  expect(parseSelector(values as Parameters<typeof parseSelector>[0])).toEqual(where);
});
