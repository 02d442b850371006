import { join } from "node:path";
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { LambdaSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { ParleyChat } from "parley/cdk";

/** Customers chat with the user `support`; everyone who works at the desk is signed in as that user. */
export class SupportDesk extends Stack {
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props);
    // An example to try and throw away. Omit the policy if conversations must be kept.
    const chat = new ParleyChat(this, "Chat", { removalPolicy: RemovalPolicy.DESTROY });

    // Invoked by your ticket system: writes the first message of the desk to the customer.
    const ticketOpened = this.#handler("ticket-opened", { ENTRIES_TOPIC_ARN: chat.entriesTopic.topicArn });
    chat.grantPublish(ticketOpened);

    // Mails the people on call when a customer has written and nobody is at the desk.
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
