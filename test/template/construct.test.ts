import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { UserPool } from "aws-cdk-lib/aws-cognito";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { DISABLE_ASSET_STAGING_CONTEXT } from "aws-cdk-lib/cx-api";
import { describe, expect, test } from "vitest";
import { EVENT_FAMILIES } from "../../cdk/constructs/messaging/chat-events.ts";
import { ParleyChat, type ParleyChatProps } from "../../cdk/index.ts";
import * as published from "../../functions/ports/events.ts";
import { pageFolder, rendered } from "./synthesized.ts";

const codeFor: ParleyChatProps["codeFor"] = (name) => Code.fromInline(name);

function chatIn(stack: Stack, props: ParleyChatProps = {}, id = "Chat"): ParleyChat {
  return new ParleyChat(stack, id, { codeFor, ...props });
}

describe("without props", () => {
  const stack = new Stack(new App(), "shop");
  const chat = chatIn(stack);
  const template = Template.fromStack(stack);

  test("the chat's data and users outlive the stack", () => {
    for (const type of ["AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::SQS::Queue"]) {
      for (const { DeletionPolicy } of Object.values(template.findResources(type))) {
        expect(DeletionPolicy, type).toBe("Retain");
      }
    }
    template.hasResourceProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: true });
    template.hasResourceProperties("AWS::Cognito::UserPool", {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    });
  });

  test("the construct exposes the URL and the token settings", () => {
    expect(rendered(stack.resolve(chat.url))).toBe(
      "wss://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/chat",
    );
    expect(rendered(stack.resolve(chat.tokens.issuer))).toMatch(/^https:\/\/cognito-idp\..*\/UserPool$/);
    expect(rendered(stack.resolve(chat.tokens.audience))).toBe("UserPoolClient");
  });
});

describe("a web page", () => {
  // Assets stay in place, because nothing is deployed.
  const stackOf = () => new Stack(new App({ context: { [DISABLE_ASSET_STAGING_CONTEXT]: true } }), "shop");
  const tokens = { issuer: "https://login.example.net/", audience: "chat" };

  test("can be a page that was built elsewhere", () => {
    const stack = stackOf();
    const chat = chatIn(stack, { web: { folder: pageFolder } });
    expect(rendered(stack.resolve(chat.web?.url))).toBe("https://WebDistribution/");
  });

  test("accepts an issuer that is known only at deployment, such as a user pool of another stack", () => {
    const stack = stackOf();
    const pool = new UserPool(stack, "Users");
    const issuer = pool.userPoolProviderUrl;
    chatIn(stack, {
      tokens: { ...tokens, issuer },
      web: { folder: pageFolder, client: { clientId: "chat" } },
    });
    const [policy] = Object.values(
      Template.fromStack(stack).findResources("AWS::CloudFront::ResponseHeadersPolicy"),
    );
    const { SecurityHeadersConfig } = policy?.Properties.ResponseHeadersPolicyConfig ?? {};
    expect(rendered(SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy)).toMatch(
      / Users\w+\/$/,
    );
  });

  test("requires a client with an external issuer, and says so", () => {
    const stack = stackOf();
    expect(() => chatIn(stack, { tokens, web: { folder: pageFolder } })).toThrow(
      "shop/Chat/Web: client is missing: set { clientId } of a public client at the issuer",
    );
  });
});

test("a prop set to undefined gets its default", () => {
  const props = { lanes: undefined, removalPolicy: undefined, tokens: undefined, events: undefined };
  const templates = [{}, props].map((given) => {
    const stack = new Stack(new App(), "shop");
    chatIn(stack, given as ParleyChatProps);
    return Template.fromStack(stack).toJSON();
  });
  expect(templates[1]).toEqual(templates[0]);
});

test("two stacks of an app can each have a chat, and the chats share no name", () => {
  const app = new App();
  const stacks = ["shop", "helpdesk"].map((id) => new Stack(app, id));
  for (const stack of stacks) chatIn(stack);
  const names = stacks.map(
    (stack) => Template.fromStack(stack).findResources("AWS::SNS::Topic").EntriesTopic?.Properties.TopicName,
  );
  expect(names).toEqual(["shop-Entries.fifo", "helpdesk-Entries.fifo"]);
});

test("a second chat in a stack is refused, and the error names both", () => {
  const stack = new Stack(new App(), "shop");
  chatIn(stack);
  expect(() => chatIn(stack, {}, "Another")).toThrow(
    "A stack can hold only one ParleyChat: it has shop/Chat; put shop/Another into another stack",
  );
});

describe("events", () => {
  const chat = chatIn(new Stack(new App(), "shop"));

  test("are filtered by type", () => {
    const { type } = chat.eventFilter("message.undelivered", "member.add", "presence.online");
    expect(type?.conditions).toEqual(["message.undelivered", "member.add", "presence.online"]);
  });

  test("that are not published cannot be subscribed to", () => {
    expect(() => chat.eventFilter("message.committed")).toThrow(
      'message.committed is not published: add "message.committed" to the events of the ParleyChat',
    );
    const all = chatIn(new Stack(new App(), "shop"), { events: EVENT_FAMILIES });
    expect(() => all.eventFilter("message.committed")).not.toThrow();
    const none = chatIn(new Stack(new App(), "shop"), { events: [] });
    expect(() => none.eventFilter("member.leave")).toThrow('"member"');
  });

  test("have the same families in the construct as in the functions", () => {
    expect(EVENT_FAMILIES).toEqual(published.EVENT_FAMILIES);
  });
});

test("a grant allows one action on one resource", () => {
  const stack = new Stack(new App(), "shop");
  const chat = chatIn(stack);
  const backend = new LambdaFunction(stack, "Backend", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("backend"),
  });
  chat.grantPublish(backend);
  chat.grantSignOut(backend);
  chat.grantErase(backend);
  const [policy, ...more] = Object.values(Template.fromStack(stack).findResources("AWS::IAM::Policy"));
  expect(more).toEqual([]);
  const [publish, signOut, erase, ...others] = policy?.Properties.PolicyDocument.Statement ?? [];
  expect(others).toEqual([]);
  expect([publish.Action, rendered(publish.Resource)]).toEqual(["sns:Publish", "EntriesTopic"]);
  expect(signOut.Action).toBe("lambda:InvokeFunction");
  expect(signOut.Resource.map(rendered)[0]).toMatch(/^Chatsignout/);
  expect(erase.Action).toBe("lambda:InvokeFunction");
  expect(erase.Resource.map(rendered)[0]).toMatch(/^Chaterase/);
});
