import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import type { ClientOptions } from "../../../deployment/deployment.ts";
import { clientOptions } from "../../../functions/adapters/aws-clients.ts";
import { batchGet } from "../../../functions/adapters/dynamodb/batch-get.ts";
import { memberKey } from "../../../functions/adapters/dynamodb/keys.ts";
import { diagnose } from "./diagnose.ts";
import { examine } from "./examine.ts";
import { HeadsReport } from "./heads-report.ts";
import { CapacityMeter } from "./table/capacity-meter.ts";
import type { ConversationItems } from "./table/conversation-items.ts";
import { DynamoHeadsStore } from "./table/dynamo-heads-store.ts";
import { type Membership, walkTable } from "./table/table-walk.ts";

export interface CheckOptions {
  readonly table: string;
  readonly client: ClientOptions;
  readonly mends: boolean;
  readonly nowMs: number;
  /** Called after every page of the scan. */
  readonly onProgress: (report: HeadsReport) => void;
}

const CONCURRENT_CONVERSATIONS = 8;

/** Checks every conversation of a table against its segments and rows, and mends them if asked to. */
export async function checkHeads(options: CheckOptions): Promise<HeadsReport> {
  const plain = new DynamoDBClient({
    ...clientOptions({ requestTimeoutMs: 30_000, maxAttempts: 10 }),
    ...options.client,
  });
  const meter = new CapacityMeter();
  meter.watch(plain);
  const client = DynamoDBDocumentClient.from(plain, { marshallOptions: { removeUndefinedValues: true } });
  try {
    return await new HeadsCheck(client, meter, options).run();
  } finally {
    plain.destroy();
  }
}

class HeadsCheck {
  readonly #client: DynamoDBDocumentClient;
  readonly #options: CheckOptions;
  readonly #store: DynamoHeadsStore;
  readonly #report: HeadsReport;
  readonly #signal = new AbortController().signal;

  constructor(client: DynamoDBDocumentClient, meter: CapacityMeter, options: CheckOptions) {
    this.#client = client;
    this.#options = options;
    this.#store = new DynamoHeadsStore(client, options.table, this.#signal);
    this.#report = new HeadsReport(options.table, meter);
  }

  async run(): Promise<HeadsReport> {
    const { table, onProgress } = this.#options;
    const concurrency = { concurrency: CONCURRENT_CONVERSATIONS };
    for await (const { conversations, memberships } of walkTable(this.#client, table, this.#signal)) {
      await pMap(conversations, (items) => this.#check(items), concurrency);
      await pMap(
        await this.#unconfirmed(memberships),
        (one) => this.#examine(one.conversation, [one.user]),
        concurrency,
      );
      onProgress(this.#report);
    }
    return this.#report;
  }

  async #check(items: ConversationItems): Promise<void> {
    const { conversation } = items;
    this.#report.count();
    const stored = items.stored(await this.#store.rows(conversation, items.users));
    if (diagnose(stored, this.#options.nowMs).findings.length > 0) await this.#examine(conversation, []);
  }

  /** Returns the memberships that no member row confirms. */
  async #unconfirmed(memberships: readonly Membership[]): Promise<Membership[]> {
    const keys = memberships.map(({ user, conversation }) => memberKey(conversation, user));
    const rows = await batchGet(this.#client, this.#options.table, keys, this.#signal);
    const found = new Set(rows.map(({ pk, sk }) => `${pk} ${sk}`));
    return memberships.filter((_, index) => !found.has(`${keys[index]?.pk} ${keys[index]?.sk}`));
  }

  /** Reads a conversation anew, because the scan is no snapshot, and settles what is wrong with it. */
  async #examine(conversation: string, users: readonly string[]): Promise<void> {
    const { mends, nowMs } = this.#options;
    const findings = await examine(this.#store, conversation, { mends, nowMs, users }, this.#signal);
    this.#report.add(conversation, findings);
  }
}
