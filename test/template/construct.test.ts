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

  test("there is a chat whose data and users outlive the stack", () => {
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

  test("it says where to connect, with which tokens", () => {
    expect(rendered(stack.resolve(chat.url))).toBe(
      "wss://WebSocketApi.execute-api.AWS::Region.AWS::URLSuffix/chat",
    );
    expect(rendered(stack.resolve(chat.tokens.issuer))).toMatch(/^https:\/\/cognito-idp\..*\/UserPool$/);
    expect(rendered(stack.resolve(chat.tokens.audience))).toBe("UserPoolClient");
  });
});

describe("a web page", () => {
  // What is uploaded stays where it is: nothing is deployed.
  const stackOf = () => new Stack(new App({ context: { [DISABLE_ASSET_STAGING_CONTEXT]: true } }), "shop");
  const tokens = { issuer: "https://login.example.net/", audience: "chat" };

  test("can be one that was built elsewhere", () => {
    const stack = stackOf();
    const chat = chatIn(stack, { web: { folder: pageFolder } });
    expect(rendered(stack.resolve(chat.web?.url))).toBe("https://WebDistribution/");
  });

  test("takes an issuer that is known only when it is deployed, a user pool of another stack", () => {
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
      / Users\w+\/; /,
    );
  });

  test("needs a client of an issuer from elsewhere, and says so", () => {
    const stack = stackOf();
    expect(() => chatIn(stack, { tokens, web: { folder: pageFolder } })).toThrow(
      "shop/Chat/Web: client is missing: { clientId } of a public client of the issuer",
    );
  });
});

test("`undefined` is the default, for props that are computed", () => {
  const props = { lanes: undefined, removalPolicy: undefined, tokens: undefined, events: undefined };
  const templates = [{}, props].map((given) => {
    const stack = new Stack(new App(), "shop");
    chatIn(stack, given as ParleyChatProps);
    return Template.fromStack(stack).toJSON();
  });
  expect(templates[1]).toEqual(templates[0]);
});

test("two stacks of an app have a chat each, that share no name", () => {
  const app = new App();
  const stacks = ["shop", "helpdesk"].map((id) => new Stack(app, id));
  for (const stack of stacks) chatIn(stack);
  const names = stacks.map(
    (stack) => Template.fromStack(stack).findResources("AWS::SNS::Topic").EntriesTopic?.Properties.TopicName,
  );
  expect(names).toEqual(["shop-Entries.fifo", "helpdesk-Entries.fifo"]);
});

test("a second chat in a stack is refused by name", () => {
  const stack = new Stack(new App(), "shop");
  chatIn(stack);
  expect(() => chatIn(stack, {}, "Another")).toThrow(
    "A stack holds one ParleyChat: shop/Chat is there, shop/Another needs another stack",
  );
});

describe("events", () => {
  const chat = chatIn(new Stack(new App(), "shop"));

  test("are filtered by type", () => {
    const { type } = chat.eventFilter("message.undelivered", "member.add", "presence.online");
    expect(type?.conditions).toEqual(["message.undelivered", "member.add", "presence.online"]);
  });

  test("that are not published cannot be subscribed to by mistake", () => {
    expect(() => chat.eventFilter("message.committed")).toThrow(
      'message.committed is not published: add "message.committed" to the events of the ParleyChat',
    );
    const all = chatIn(new Stack(new App(), "shop"), { events: EVENT_FAMILIES });
    expect(() => all.eventFilter("message.committed")).not.toThrow();
    const none = chatIn(new Stack(new App(), "shop"), { events: [] });
    expect(() => none.eventFilter("member.leave")).toThrow('"member"');
  });

  test("of which a deployment publishes those that are asked for are the functions' own", () => {
    expect(EVENT_FAMILIES).toEqual(published.EVENT_FAMILIES);
  });
});

test("a grant is of one action on one resource", () => {
  const stack = new Stack(new App(), "shop");
  const chat = chatIn(stack);
  const backend = new LambdaFunction(stack, "Backend", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("backend"),
  });
  chat.grantPublish(backend);
  chat.grantSignOut(backend);
  const [policy, ...more] = Object.values(Template.fromStack(stack).findResources("AWS::IAM::Policy"));
  expect(more).toEqual([]);
  const [publish, signOut, ...others] = policy?.Properties.PolicyDocument.Statement ?? [];
  expect(others).toEqual([]);
  expect([publish.Action, rendered(publish.Resource)]).toEqual(["sns:Publish", "EntriesTopic"]);
  expect(signOut.Action).toBe("lambda:InvokeFunction");
  expect(signOut.Resource.map(rendered)[0]).toMatch(/^Chatsignout/);
});
