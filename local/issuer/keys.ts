import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { StartError } from "../util/start-error.ts";

export const ALGORITHMS = ["ES256", "RS256"] as const;
type Algorithm = (typeof ALGORITHMS)[number];

export interface IssuerKeys {
  readonly signing: Readonly<Record<Algorithm, { readonly keyId: string; readonly key: CryptoKey }>>;
  readonly publicKeys: readonly JWK[];
}

/** Loads the issuer's keys from `file`, where they are kept so that tokens survive a restart. Without a file, creates new ones. */
export async function loadIssuerKeys(file: string | undefined): Promise<IssuerKeys> {
  const stored = file === undefined ? undefined : read(file);
  const jwks = stored ?? (await generate());
  if (file !== undefined && stored === undefined) write(file, jwks);
  const signing = Object.fromEntries(
    await Promise.all(
      ALGORITHMS.map(async (alg) => [
        alg,
        { keyId: keyId(alg), key: (await importJWK(jwks[alg], alg)) as CryptoKey },
      ]),
    ),
  ) as IssuerKeys["signing"];
  return { signing, publicKeys: ALGORITHMS.map((alg) => publicPart(jwks[alg], alg)) };
}

type StoredKeys = Record<Algorithm, JWK>;

async function generate(): Promise<StoredKeys> {
  const entries = ALGORITHMS.map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return [alg, await exportJWK(privateKey)];
  });
  return Object.fromEntries(await Promise.all(entries)) as StoredKeys;
}

function keyId(alg: Algorithm): string {
  return `parley-local-${alg.toLowerCase()}`;
}

function publicPart({ kty, crv, x, y, n, e }: JWK, alg: Algorithm): JWK {
  const parameters = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(parameters), alg, use: "sig", kid: keyId(alg) } as JWK;
}

function read(file: string): StoredKeys | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const keys = JSON.parse(text) as Partial<StoredKeys>;
    if (ALGORITHMS.every((alg) => keys[alg] !== undefined)) return keys as StoredKeys;
  } catch {
    // Reported below.
  }
  throw new StartError(
    `${file} does not hold the keys of the token issuer: remove the file, and new keys are created.`,
  );
}

/** Writes a temporary file and renames it, so that a crash never leaves half of the keys. */
function write(file: string, keys: StoredKeys): void {
  writeFileSync(`${file}.new`, JSON.stringify(keys), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
