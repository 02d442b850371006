import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import {
  CognitoIdentityProviderClient,
  ListUserPoolsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { LambdaClient, ListEventSourceMappingsCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { queuesNamed } from "./queues.ts";

/**
 * Returns names or addresses of resources that destroyed stacks left behind. CloudFormation names resources after their
 * stack. Reads one page of each service, which is enough on an emulator.
 */
export async function remainingResources(prefix: string): Promise<readonly string[]> {
  const lambda = new LambdaClient({});
  const [
    stacks,
    { TableNames = [] },
    { Topics = [] },
    { Functions = [] },
    mappings,
    { UserPools = [] },
    queues,
  ] = await Promise.all([
    new CloudFormationClient({}).send(new DescribeStacksCommand({})),
    new DynamoDBClient({}).send(new ListTablesCommand({})),
    new SNSClient({}).send(new ListTopicsCommand({})),
    lambda.send(new ListFunctionsCommand({})),
    lambda.send(new ListEventSourceMappingsCommand({})),
    new CognitoIdentityProviderClient({}).send(new ListUserPoolsCommand({ MaxResults: 60 })),
    queuesNamed(prefix),
  ]);
  const names = [
    ...(stacks.Stacks ?? []).map(({ StackName }) => StackName),
    ...TableNames,
    ...Topics.map(({ TopicArn }) => TopicArn),
    ...Functions.map(({ FunctionName }) => FunctionName),
    ...(mappings.EventSourceMappings ?? []).map(({ EventSourceArn }) => EventSourceArn),
    ...UserPools.map(({ Name }) => Name),
    ...queues,
  ];
  return names.filter((name) => name !== undefined).filter((name) => name.includes(prefix));
}
