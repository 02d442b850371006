import { expect, test } from "vitest";
import { parseSelector } from "../../deployment/selector.ts";

test.for([
  [{ env: "dev", stack: "parley-dev" }, "Use either --env or --stack."],
  [
    { env: "dev", local: "http://127.0.0.1:4510" },
    "--local cannot be combined with --env, --stack or --outputs.",
  ],
  [{ local: "4510" }, '--local must be a URL such as http://127.0.0.1:4510, not "4510".'],
  [{}, undefined],
  [
    { env: "dev", outputs: "file" },
    { file: "file", stack: "parley-dev" },
  ],
])("the options %j select %j", ([values, where]) => {
  expect(parseSelector(values as Parameters<typeof parseSelector>[0])).toEqual(where);
});
