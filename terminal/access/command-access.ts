import { exec } from "node:child_process";
import { promisify } from "node:util";
import { readToken } from "../../deployment/user-pool/read-token.ts";
import { type Access, GrantRefusedError, NoServerError } from "./access.ts";

const TIMEOUT_MS = 25_000;

export interface CommandAccessOptions {
  readonly url: string;
  readonly user: string;
  /** Shell command that prints a token. */
  readonly command: string;
  /** Claim of the token that holds the user id. */
  readonly userClaim: string;
}

/** Gets tokens of any issuer by running a command for every connection attempt. */
export function commandAccess({ url, user, command, userClaim }: CommandAccessOptions): Access {
  return {
    user,
    parley: url,
    async grant(signal) {
      const token = await run(command, signal);
      const { user: tokenUser, expiresAtMs } = readToken(token, userClaim);
      if (tokenUser !== user) {
        throw new GrantRefusedError(
          tokenUser === undefined
            ? `--token-command did not print a token with a claim "${userClaim}"`
            : `--token-command printed a token of ${tokenUser}, not of ${user}`,
        );
      }
      return { url, token, ...(expiresAtMs !== undefined && { expiresAtMs }) };
    },
    markAccepted: () => {},
  };
}

async function run(command: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(exec)(command, { signal, timeout: TIMEOUT_MS });
    return stdout.trim();
  } catch (error) {
    // Without the error message, which may contain the output and thus a token.
    const { code, killed } = error as { code?: unknown; killed?: boolean };
    const reason = killed
      ? `took longer than ${TIMEOUT_MS / 1000} s`
      : `failed with exit code ${String(code)}`;
    throw new NoServerError(`--token-command ${reason}; waiting…`);
  }
}
