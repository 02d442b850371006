import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { InterposedService } from "../../../local/cloud-options.ts";

/** One call of a function to AWS. */
export interface AwsCall {
  readonly service: InterposedService;
  /** `PutItem`, `Publish`, `POST`, … */
  readonly operation: string;
  /** Kind of item in the table (`SEG`, `HEAD`, …), or frame type of a post; empty otherwise. */
  readonly subject: string;
  /** Partition key of the first item the call names; empty otherwise. */
  readonly partition: string;
  /** The connection of a post or delete. */
  readonly connection: string;
  readonly startedAtMs: number;
  endedAtMs: number | undefined;
  /** Status of the answer the function got; 0 if the connection broke instead. */
  status: number | undefined;
  /** Units DynamoDB reports it would bill. */
  units: number;
}

const BROKEN = 0;

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** Answers a call, with or without forwarding it; `undefined` never answers. `body` is the call's own. */
export type Interception = (
  call: AwsCall,
  forward: () => Promise<AwsAnswer>,
  body: string,
) => Promise<AwsAnswer | undefined>;

interface Rule {
  readonly matches: (call: AwsCall, body: string) => boolean;
  readonly intercept: Interception;
}

/**
 * Proxy between the functions and AWS. It records every call with its billed units, and lets a test hold, fail or
 * lose any of them. The functions are the deployed bundles and do not notice it.
 */
export class AwsTap {
  readonly calls: AwsCall[] = [];
  #rules: Rule[] = [];
  readonly #servers: Server[] = [];

  /** Passed as the `interpose` option of the embedded cloud. */
  readonly interpose = async (service: InterposedService, url: string): Promise<string> => {
    const server = createServer((incoming, outgoing) => {
      this.#handle(service, url, incoming).then(
        (answer) => {
          if (answer === undefined) return; // Hangs on purpose.
          outgoing.writeHead(answer.status, answer.headers).end(answer.body);
        },
        () => outgoing.destroy(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#servers.push(server);
    const { pathname } = new URL(url);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname === "/" ? "" : pathname}`;
  };

  /** Intercepts the next `times` matching calls, or all of them until `clear`. */
  on(matches: Rule["matches"], intercept: Interception, times = Number.POSITIVE_INFINITY): void {
    let remaining = times;
    this.#rules.push({
      matches: (call, body) => remaining > 0 && matches(call, body),
      intercept: (call, forward, body) => {
        remaining -= 1;
        return intercept(call, forward, body);
      },
    });
  }

  clear(): void {
    this.#rules = [];
    this.calls.length = 0;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  async #handle(
    service: InterposedService,
    url: string,
    incoming: IncomingMessage,
  ): Promise<AwsAnswer | undefined> {
    const body = await buffer(incoming);
    const call = describe(service, incoming, body);
    this.calls.push(call);
    const forward = async () => {
      const answer = await forwardTo(new URL(url), incoming, countingUnits(service, body));
      call.endedAtMs = performance.now();
      call.units = unitsOf(service, answer.body);
      return answer;
    };
    const text = body.toString("utf8");
    const rule = this.#rules.find(({ matches }) => matches(call, text));
    try {
      const answer = await (rule ? rule.intercept(call, forward, text) : forward());
      call.status = answer?.status;
      return answer;
    } catch (error) {
      // The service had just closed a kept-alive connection: the function sees it break, and retries.
      call.status = BROKEN;
      throw error;
    }
  }
}

/** Builds an error response of the service. */
export function awsError(status: number, name: string, fields: object = {}): AwsAnswer {
  const body = Buffer.from(JSON.stringify({ __type: name, message: name, ...fields }));
  return { status, headers: { "x-amzn-errortype": name, "content-type": "application/json" }, body };
}

function describe(service: InterposedService, incoming: IncomingMessage, body: Buffer): AwsCall {
  const base = {
    service,
    partition: "",
    connection: "",
    startedAtMs: performance.now(),
    endedAtMs: undefined,
    status: undefined,
    units: 0,
  };
  const target =
    String(incoming.headers["x-amz-target"] ?? "")
      .split(".")
      .at(-1) ?? "";
  const text = body.toString("utf8");
  if (service === "dynamodb")
    return { ...base, partition: partitionOf(text), operation: target, subject: tableSubject(text) };
  if (service === "sqs") return { ...base, operation: target, subject: "" };
  if (service === "sns")
    return { ...base, operation: new URLSearchParams(text).get("Action") ?? "", subject: "" };
  const connection = decodeURIComponent(incoming.url?.split("/").at(-1) ?? "");
  const subject = /"type":"(\w+)"/.exec(text)?.[1] ?? "";
  return { ...base, operation: incoming.method ?? "", subject, connection };
}

function partitionOf(text: string): string {
  return /"pk":\{"S":"([^"]*)"/.exec(text)?.[1] ?? "";
}

/** Returns the kind of the first item the request names. */
function tableSubject(text: string): string {
  return /"(?:sk|:low|:head|:first|:prefix)":\{"S":"(HEAD|MEMBER|SEG|USER|WATCHES|W|C)/.exec(text)?.[1] ?? "";
}

function countingUnits(service: InterposedService, body: Buffer): Buffer {
  if (service !== "dynamodb") return body;
  const request = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ ...request, ReturnConsumedCapacity: "TOTAL" }));
}

function unitsOf(service: InterposedService, body: Buffer): number {
  if (service !== "dynamodb") return 0;
  const { ConsumedCapacity } = JSON.parse(body.toString("utf8")) as { ConsumedCapacity?: unknown };
  const parts = [ConsumedCapacity ?? []].flat() as { CapacityUnits?: number }[];
  return parts.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

function forwardTo(base: URL, incoming: IncomingMessage, body: Buffer): Promise<AwsAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: base.hostname,
        port: base.port,
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, host: base.host, "content-length": String(body.length) },
      },
      (response) => {
        buffer(response).then((answer) => {
          const headers = Object.entries(response.headers).filter(
            ([name, value]) =>
              typeof value === "string" && !/^(connection|keep-alive|transfer-encoding)$/.test(name),
          );
          // The checksum is of the response without capacity.
          const kept = headers.filter(([name]) => name !== "x-amz-crc32") as [string, string][];
          resolve({ status: response.statusCode ?? 500, headers: Object.fromEntries(kept), body: answer });
        }, reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
