import { expect, test } from "vitest";
import { readArguments } from "../../../ops/redrive/arguments.ts";

const read = (...args: string[]) => readArguments(args);

test.for<[string[], string]>([
  [[], "Choose a deployment"],
  [["--env", "dev", "--queue-url", "https://q", "--topic-arn", "arn:a:b:c:d:e"], "Choose a deployment"],
  [["--queue-url", "https://q"], "must be given together"],
  [["--env", "dev", "--endpoint-url", "http://127.0.0.1:1"], "AWS_ENDPOINT_URL"],
  [["--env", "dev", "--channel", "presence"], "--channel must be entries, outbound or notices"],
  [["--env", "dev", "--max-age", "soon"], "--max-age must be a duration such as 10m"],
])("the arguments %j are refused: %s", ([args, problem]) => {
  expect(() => read(...args)).toThrow(problem);
});
