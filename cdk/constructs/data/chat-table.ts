import { RemovalPolicy } from "aws-cdk-lib";
import { AttributeType, BillingMode, type ITable, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { Construct } from "constructs";
import { TABLE } from "../../../wiring/manifest.ts";
import { type Capability, permission } from "../functions/capability.ts";
import { fixLogicalId } from "./fixed-logical-id.ts";

/** IAM knows no action for transactions: DynamoDB checks the action of every item in one. */
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
  /** `RETAIN` also protects the table from being deleted by hand. */
  readonly removalPolicy: RemovalPolicy;
  /** The name of a table restored from a backup, to be used in place of the one made here. */
  readonly restoredTable: string | undefined;
}

/** The one table: conversations, members, inboxes and connection leases. */
export class ChatTable extends Construct {
  /** The table in use. */
  readonly resource: ITable;

  constructor(scope: Construct, id: string, props: ChatTableProps) {
    super(scope, id);
    const own = new Table(this, "Table", {
      partitionKey: { name: TABLE.partitionKey, type: AttributeType.STRING },
      sortKey: { name: TABLE.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: TABLE.ttl,
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      // In every environment: a restore that is never rehearsed is no restore.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: props.removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy: props.removalPolicy,
    });
    fixLogicalId(own, "ChatTable");
    // The stack's own stays as it is: to be compared, and to be restored into when there is time.
    this.resource =
      props.restoredTable === undefined ? own : Table.fromTableName(this, "Restored", props.restoredTable);
  }

  allow(...actions: readonly TableAction[]): Capability {
    return permission(
      { table: this.resource.tableName },
      actions.map((action) => `dynamodb:${action}`),
      [this.resource.tableArn],
    );
  }
}
