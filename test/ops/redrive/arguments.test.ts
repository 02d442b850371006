import { expect, test } from "vitest";
import { readArguments } from "../../../ops/redrive/arguments.ts";

const read = (...args: string[]) => readArguments(args);

test.for<[string[], string]>([
  [[], "Say where"],
  [["--env", "dev", "--queue-url", "https://q", "--topic-arn", "arn:a:b:c:d:e"], "Say where"],
  [["--queue-url", "https://q"], "go together"],
  [["--env", "dev", "--endpoint-url", "http://127.0.0.1:1"], "AWS_ENDPOINT_URL"],
  [["--env", "dev", "--channel", "presence"], "--channel is entries or outbound"],
  [["--env", "dev", "--max-age", "soon"], "--max-age is like 10m"],
])("%j is refused: %s", ([args, problem]) => {
  expect(() => read(...args)).toThrow(problem);
});
