import { join } from "node:path";
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { LambdaSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { ParleyChat } from "parley/cdk";

/** Customers chat with the user `support`; whoever works at the desk is signed in as that user. */
export class SupportDesk extends Stack {
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props);
    // An example to try and throw away; leave the policy out where conversations matter.
    const chat = new ParleyChat(this, "Chat", { removalPolicy: RemovalPolicy.DESTROY });

    // Your ticket system invokes it: the customer gets a first message from the desk.
    const ticketOpened = this.#handler("ticket-opened", { ENTRIES_TOPIC_ARN: chat.entriesTopic.topicArn });
    chat.grantPublish(ticketOpened);

    // Somebody wrote and nobody was at the desk: those who are on call get a mail.
    const onCall = new Topic(this, "OnCall", { enforceSSL: true });
    const nobodyThere = this.#handler("nobody-there", { ON_CALL_TOPIC_ARN: onCall.topicArn });
    onCall.grantPublish(nobodyThere);
    chat.events.addSubscription(
      new LambdaSubscription(nobodyThere, {
        filterPolicy: chat.eventFilter("message.undelivered"),
        deadLetterQueue: new Queue(this, "Undelivered", { enforceSSL: true }),
      }),
    );

    new CfnOutput(this, "WebSocketUrl", { value: chat.url });
    new CfnOutput(this, "Issuer", { value: chat.tokens.issuer });
    new CfnOutput(this, "ClientId", { value: chat.tokens.audience });
    new CfnOutput(this, "TicketOpened", { value: ticketOpened.functionName });
    new CfnOutput(this, "OnCallTopicArn", { value: onCall.topicArn });
  }

  #handler(name: string, environment: Record<string, string>): NodejsFunction {
    return new NodejsFunction(this, name, {
      entry: join(import.meta.dirname, "functions", `${name}.ts`),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(10),
      bundling: { format: OutputFormat.ESM },
      environment,
    });
  }
}
