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
  PresenceDeadLetterQueueUrl: text,
  ParkedQueueUrl: text,
  SignOutFunctionName: text,
  Issuer: text,
  ClientId: text,
  /** If the users are the stack's own. */
  UserPoolId: v.optional(text),
});

/** What `cdk deploy --outputs-file` wrote of a stack of ours. */
export type Outputs = v.InferOutput<typeof OUTPUTS>;

/** Which stack `PARLEY_OUTPUTS` names; a file of several needs `PARLEY_STACK`. */
export function readOutputs(
  file: string,
  stack = process.env.PARLEY_STACK,
): { stack: string; outputs: Outputs } {
  const stacks = v.parse(v.record(v.string(), v.unknown()), JSON.parse(readFileSync(file, "utf8")));
  const names = Object.keys(stacks);
  const name = stack ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !(name in stacks)) {
    throw new Error(`${file} has the stacks ${names.join(", ")}: say which one by PARLEY_STACK.`);
  }
  return { stack: name, outputs: v.parse(OUTPUTS, stacks[name]) };
}
