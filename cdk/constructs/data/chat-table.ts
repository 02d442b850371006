import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, type ITable, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { type Conditions, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { TABLE } from "../../../wiring/manifest.ts";
import type { Capability } from "../functions/capability.ts";
import { fixLogicalId } from "./fixed-logical-id.ts";

/** IAM has no action for transactions: DynamoDB checks the action of every item in a transaction. */
export type TableAction =
  | "BatchGetItem"
  | "BatchWriteItem"
  | "ConditionCheckItem"
  | "DeleteItem"
  | "GetItem"
  | "PutItem"
  | "Query"
  | "UpdateItem";

export interface ChatTableProps {
  /** `RETAIN` also turns on deletion protection. */
  readonly removalPolicy: RemovalPolicy;
  /** Name of a table restored from a backup, used instead of the one created here. */
  readonly restoredTable: string | undefined;
}

/** The only table: conversations, members, inboxes and connection leases. */
export class ChatTable extends Construct {
  /** The table in use: the restored one, if there is one. */
  readonly resource: ITable;

  constructor(scope: Construct, id: string, props: ChatTableProps) {
    super(scope, id);
    const own = new Table(this, "Table", {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE.ttl,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      // On in every environment, so that a restore can be rehearsed.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy: props.removalPolicy,
    });
    fixLogicalId(own, "ChatTable");
    // The stack's own table stays: to compare with, and to restore into later.
    this.resource =
      props.restoredTable === undefined ? own : Table.fromTableName(this, "Restored", props.restoredTable);
  }

  allow(...actions: readonly TableAction[]): Capability {
    return this.#allow(actions, {});
  }

  /** Allows actions on items of users only: whoever may do no more cannot touch a conversation. */
  allowOnUsers(...actions: readonly TableAction[]): Capability {
    return this.#allow(actions, {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${TABLE.userPrefix}*`] },
      // Without it, a request without keys would meet the condition.
      Null: { "dynamodb:LeadingKeys": "false" },
    });
  }

  #allow(actions: readonly TableAction[], conditions: Conditions): Capability {
    const statement = new PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [this.resource.tableArn],
      conditions,
    });
    return { environment: { table: this.resource.tableName }, statements: [statement] };
  }
}
