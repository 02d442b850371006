import { readFileSync } from "node:fs";
import * as v from "valibot";

const text = v.pipe(v.string(), v.nonEmpty());

const OUTPUTS = v.looseObject({
  WebSocketUrl: text,
  ManagementEndpoint: text,
  TableName: text,
  EntriesTopicArn: text,
  OutboundTopicArn: text,
  EntriesDeadLetterQueueUrl: text,
  OutboundDeadLetterQueueUrl: text,
  NoticesDeadLetterQueueUrl: text,
  PresenceDeadLetterQueueUrl: text,
  ParkedQueueUrl: text,
  SignOutFunctionName: text,
  EraseFunctionName: text,
  Issuer: text,
  ClientId: text,
  /** Set if the stack has its own user pool. */
  UserPoolId: v.optional(text),
});

/** Outputs of a stack, as written by `cdk deploy --outputs-file`. */
export type Outputs = v.InferOutput<typeof OUTPUTS>;

/** Reads the outputs of a stack. A file with several stacks needs `PARLEY_STACK`. */
export function readOutputs(
  file: string,
  stack = process.env.PARLEY_STACK,
): { stack: string; outputs: Outputs } {
  const stacks = v.parse(v.record(v.string(), v.unknown()), JSON.parse(readFileSync(file, "utf8")));
  const names = Object.keys(stacks);
  const name = stack ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !(name in stacks)) {
    throw new Error(`${file} has the stacks ${names.join(", ")}: set PARLEY_STACK to one of them.`);
  }
  return { stack: name, outputs: v.parse(OUTPUTS, stacks[name]) };
}
