import { describe, expect, test } from "vitest";
import { ENV, FUNCTION_NAMES } from "../../wiring/manifest.ts";
import { ENVIRONMENT_CASES, rendered, synthesize } from "./synthesized.ts";

const OUTSIDE = "https://login.example.org";

/** Expected form of each variable. Anybody who may view a function sees its variables, so they must hold no secrets. */
const ALLOWED: Readonly<Record<string, RegExp>> = {
  [ENV.name]: /^parley-(dev|staging|prod)$/,
  [ENV.table]: /^ChatTable$/,
  [ENV.entriesTopicArn]: /^EntriesTopic$/,
  [ENV.entriesQueueUrls]: /^EntriesQueue\d*(,EntriesQueue\d*)*$/,
  [ENV.entriesDeadLetterQueueUrl]: /^EntriesDeadLetterQueue$/,
  [ENV.parkedQueueUrl]: /^EntriesParkedQueue$/,
  [ENV.admissionDepth]: /^\d+$/,
  [ENV.outboundTopicArn]: /^OutboundTopic$/,
  [ENV.outboundQueueUrl]: /^OutboundQueue$/,
  [ENV.noticesQueueUrl]: /^NoticesQueue$/,
  [ENV.presenceQueueUrl]: /^PresenceQueue$/,
  [ENV.managementEndpoint]: /^https:\/\/WebSocketApi\.execute-api\.AWS::Region\.AWS::URLSuffix\/\w+$/,
  [ENV.issuer]: /^https:\/\/login\.example\.org$/,
  [ENV.audience]: /^parley$/,
  [ENV.userClaim]: /^sub$/,
  [ENV.allowedOrigins]: /^\*$/,
  [ENV.epochFloor]: /^\d+$/,
  [ENV.retentionDays]: /^\d+$/,
  [ENV.whoMayAdd]: /^(anyone|known)$/,
  [ENV.events]: /^[a-z.,]*$/,
  [ENV.ingest]: /^(direct|queued)$/,
  POWERTOOLS_SERVICE_NAME: /^parley-[a-z-]+$/,
  POWERTOOLS_LOG_LEVEL: /^(DEBUG|INFO|WARN|ERROR)$/,
};

describe.for(ENVIRONMENT_CASES)("in $env", (context) => {
  const { ofType, template } = synthesize({ ...context, issuer: OUTSIDE, audience: "parley" });

  test("a function has only known variables, with values of the expected form", () => {
    const functions = Object.values(ofType("AWS::Lambda::Function"));
    expect(functions).toHaveLength(FUNCTION_NAMES.length);
    const variables = functions.flatMap(({ Properties }) =>
      Object.entries<unknown>(Properties.Environment.Variables),
    );
    const strange = variables
      .map(([name, value]) => [name, rendered(value)] as const)
      .filter(([name, value]) => !ALLOWED[name]?.test(value));
    expect(strange).toEqual([]);
  });

  test("the stack has no parameters and resolves no secret into the template", () => {
    const { Parameters = {} } = template.toJSON();
    // CDK's own parameter, with which it checks the bootstrap.
    expect(Object.keys(Parameters)).toEqual(["BootstrapVersion"]);
    expect(JSON.stringify(template.toJSON())).not.toMatch(/\{\{resolve:/);
  });
});
