import { Aws, Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { fixLogicalId } from "../../data/fixed-logical-id.ts";

/**
 * The topic to which alarms publish their state. It accepts messages only from this stack's alarms and only over TLS. It
 * uses SNS's own disk encryption and no KMS key: the AWS managed key does not admit CloudWatch, a customer managed key
 * costs more than a dollar a month, and an alarm holds no user data.
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: { readonly emails: readonly string[] }) {
    super(scope, id);
    const stack = Stack.of(this);
    this.topic = new Topic(this, "Topic", { topicName: `${stack.stackName}-alarms`, enforceSSL: true });
    fixLogicalId(this.topic, "AlarmsTopic");
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "AlarmsOfThisStack",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID },
          ArnLike: {
            "aws:SourceArn": stack.formatArn({
              service: "cloudwatch",
              resource: `alarm:${stack.stackName}-*`,
            }),
          },
        },
      }),
    );
    // The owner of the address has to confirm it with a link in a mail from SNS.
    for (const email of props.emails) this.topic.addSubscription(new EmailSubscription(email));
  }
}
