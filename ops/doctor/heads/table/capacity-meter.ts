import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

interface Consumed {
  readonly CapacityUnits?: number;
}

/** Adds up the capacity units that a client consumes. */
export class CapacityMeter {
  #readUnits = 0;
  #writeUnits = 0;

  /** Makes a client ask for the capacity of every call. */
  watch({ middlewareStack }: DynamoDBClient): void {
    middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          Object.assign(args.input, { ReturnConsumedCapacity: "TOTAL" });
          const result = await next(args);
          this.#add(String(commandName), result.output as { ConsumedCapacity?: Consumed | Consumed[] });
          return result;
        },
      { step: "initialize", name: "capacityMeter" },
    );
  }

  get units(): { readonly read: number; readonly write: number } {
    return { read: Math.ceil(this.#readUnits), write: Math.ceil(this.#writeUnits) };
  }

  #add(commandName: string, { ConsumedCapacity = [] }: { ConsumedCapacity?: Consumed | Consumed[] }): void {
    const units = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
    if (/Scan|Query|Get/.test(commandName)) this.#readUnits += units;
    else this.#writeUnits += units;
  }
}
