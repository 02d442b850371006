import { exec } from "node:child_process";
import { promisify } from "node:util";
import { readToken } from "../../deployment/user-pool/read-token.ts";
import { type Access, GrantRefusedError, NoServerError } from "./access.ts";

const TIMEOUT_MS = 25_000;

export interface CommandAccessOptions {
  readonly url: string;
  readonly user: string;
  /** Run by the shell; prints a token. */
  readonly command: string;
  /** The claim of the token that is the user id. */
  readonly userClaim: string;
}

/** Tokens of any issuer there is a command for: it is run for every attempt to connect. */
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
            ? `what --token-command printed is no token with a claim "${userClaim}"`
            : `the token of --token-command is that of ${tokenUser}, not of ${user}`,
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
    // Not the message: what the command printed may be in it, and that may be a token.
    const { code, killed } = error as { code?: unknown; killed?: boolean };
    const why = killed ? `took longer than ${TIMEOUT_MS / 1000} s` : `ended with ${String(code)}`;
    throw new NoServerError(`--token-command ${why}; waiting…`);
  }
}
