import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { TABLE } from "../../../wiring/manifest.ts";
import type { Lease, Leases, Refusal, UserState } from "../../ports/leases.ts";
import { batchGet } from "./batch-get.ts";
import { foundItem, isConditionFailure, meetsCondition } from "./errors.ts";
import { type Item, withSchema } from "./items.ts";
import { userKey, userPk } from "./keys.ts";
import { retryConflicts } from "./retry-conflicts.ts";

/**
 * Each lease is an attribute of its own on the user item, named after its connection. Registering or removing one is
 * a single update that cannot touch another, even if the item does not exist yet.
 */
const LEASE_PREFIX = "lease#";

type StoredLease = Omit<Lease, "connection" | "device"> & { readonly device?: string };

export class DynamoLeases implements Leases {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async put(
    user: string,
    { connection, ...stored }: Lease,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<UserState | { refused: Refusal }> {
    try {
      const item = await this.#update(user, signal, {
        ConditionExpression:
          "attribute_not_exists(erasing) AND " +
          "(attribute_not_exists(revokedBeforeMs) OR revokedBeforeMs <= :issued) AND " +
          "(attribute_not_exists(penaltyUntilMs) OR penaltyUntilMs <= :now)",
        // The item of a user who was erased expires, unless somebody comes by the same id.
        UpdateExpression: "SET #lease = :lease REMOVE #ttl ADD presenceVersion :one",
        ExpressionAttributeNames: { "#lease": `${LEASE_PREFIX}${connection}`, "#ttl": TABLE.ttl },
        ExpressionAttributeValues: {
          ":lease": stored,
          ":one": 1,
          ":issued": stored.issuedAtMs ?? 0,
          ":now": nowMs,
        },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      return stateOf(item);
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      const { revokedBeforeMs = 0, erasing } = foundItem(error) ?? {};
      const isRevoked = erasing !== undefined || Number(revokedBeforeMs) > (stored.issuedAtMs ?? 0);
      return { refused: isRevoked ? "revoked" : "penalized" };
    }
  }

  async remove(
    user: string,
    connection: string,
    nowMs: number,
    signal: AbortSignal,
  ): Promise<{ removed: boolean; state: UserState }> {
    try {
      const item = await this.#update(user, signal, {
        // A repeated removal must not move the time at which the user left.
        ConditionExpression: "attribute_exists(#lease)",
        UpdateExpression: "SET lastSeenAtMs = :now REMOVE #lease",
        ExpressionAttributeNames: { "#lease": `${LEASE_PREFIX}${connection}` },
        ExpressionAttributeValues: { ":now": nowMs },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      return { removed: true, state: stateOf(item) };
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return { removed: false, state: stateOf(foundItem(error) ?? {}) };
    }
  }

  async read(users: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly Lease[]>> {
    const states = await this.states(users, signal);
    return new Map([...states].map(([user, { leases }]) => [user, leases]));
  }

  async states(users: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, UserState>> {
    const items = await batchGet(this.#client, this.#table, users.map(userKey), signal);
    const byPk = new Map(items.map((item) => [item.pk, item]));
    return new Map(users.map((user) => [user, stateOf(byPk.get(userPk(user)) ?? {})]));
  }

  markOnline(user: string, version: number, untilMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#tryUpdate(user, signal, {
      ConditionExpression: "presenceVersion = :version",
      UpdateExpression: "SET announcedUntilMs = :until",
      ExpressionAttributeValues: { ":version": version, ":until": untilMs },
    });
  }

  markOffline(user: string, version: number, signal: AbortSignal): Promise<boolean> {
    return this.#tryUpdate(user, signal, {
      // An item without a version never had a lease.
      ConditionExpression:
        "presenceVersion = :version OR (:version = :none AND attribute_not_exists(presenceVersion))",
      UpdateExpression: "SET announcedUntilMs = :none, presenceVersion = :next",
      ExpressionAttributeValues: { ":version": version, ":next": version + 1, ":none": 0 },
    });
  }

  revoke(user: string, beforeMs: number, signal: AbortSignal): Promise<UserState> {
    return this.#raise("revokedBeforeMs", user, beforeMs, signal);
  }

  penalize(user: string, untilMs: number, signal: AbortSignal): Promise<UserState> {
    return this.#raise("penaltyUntilMs", user, untilMs, signal);
  }

  async #raise(attribute: string, user: string, value: number, signal: AbortSignal): Promise<UserState> {
    try {
      const item = await this.#update(user, signal, {
        ConditionExpression: "attribute_not_exists(#attribute) OR #attribute < :value",
        UpdateExpression: "SET #attribute = :value",
        ExpressionAttributeNames: { "#attribute": attribute },
        ExpressionAttributeValues: { ":value": value },
        ReturnValues: "ALL_NEW",
      });
      return stateOf(item);
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return (await this.states([user], signal)).get(user) ?? stateOf({});
    }
  }

  #tryUpdate(user: string, signal: AbortSignal, input: Update): Promise<boolean> {
    return meetsCondition(this.#update(user, signal, input));
  }

  async #update(user: string, signal: AbortSignal, input: Update): Promise<Item> {
    const command = new UpdateCommand({ TableName: this.#table, Key: userKey(user), ...withSchema(input) });
    const send = () => this.#client.send(command, { abortSignal: signal });
    return (await retryConflicts(send, signal)).Attributes ?? {};
  }
}

type Update = Omit<UpdateCommandInput, "TableName" | "Key" | "UpdateExpression"> & {
  readonly UpdateExpression: `SET ${string}`;
};

function stateOf(item: Item): UserState {
  const { presenceVersion, announcedUntilMs, lastSeenAtMs } = item as Partial<Record<string, number>>;
  return {
    leases: leasesOf(item),
    version: presenceVersion ?? 0,
    announcedUntilMs: announcedUntilMs ?? 0,
    lastSeenAtMs,
  };
}

function leasesOf(item: Item): Lease[] {
  return Object.entries(item)
    .filter(([name]) => name.startsWith(LEASE_PREFIX))
    .map(([name, stored]) => {
      const { device, connectedAtMs, expiresAtMs, issuedAtMs } = stored as StoredLease;
      return { connection: name.slice(LEASE_PREFIX.length), device, connectedAtMs, expiresAtMs, issuedAtMs };
    });
}
