import { randomBytes } from "node:crypto";

/**
 * Version of a head: epoch, number of the write, and random characters, as `001.0000000c.x7Qk`. Versions sort by time.
 * The random part keeps a restored table from repeating a version that a writer of the time before still holds; the
 * epoch lets a restored conversation overwrite segments from the time that the restore has undone.
 */
export type HeadVersion = string;

const RADIX = 36;
const EPOCH_DIGITS = 3;
const NUMBER_DIGITS = 8;
const RANDOM_BYTES = 3;

export function firstVersion(epoch: number): HeadVersion {
  return versionOf(epoch, 1);
}

/** Returns the version of the head that follows one with this version. */
export function nextVersion(version: HeadVersion, epoch: number): HeadVersion {
  const [, number = "0"] = version.split(".");
  return versionOf(epoch, Number.parseInt(number, RADIX) + 1);
}

/** Returns true if a segment of this version is newer than a head: it has been written by a later write. */
export function isNewer(segment: HeadVersion, head: HeadVersion): boolean {
  return segment > head;
}

/** Returns the latest epoch of these versions. */
export function newestEpoch(versions: readonly HeadVersion[]): number {
  return versions.reduce((epoch, version) => Math.max(epoch, Number.parseInt(version, RADIX)), 0);
}

/** Returns a version that is newer than all of these. */
export function versionAbove(versions: readonly HeadVersion[]): HeadVersion {
  const newest = versions.reduce((one, other) => (numberOf(one) < numberOf(other) ? other : one));
  return nextVersion(newest, newestEpoch(versions));
}

function numberOf(version: HeadVersion): string {
  return version.split(".")[1] ?? "";
}

function versionOf(epoch: number, number: number): HeadVersion {
  const random = randomBytes(RANDOM_BYTES).toString("base64url");
  return `${digits(epoch, EPOCH_DIGITS)}.${digits(number, NUMBER_DIGITS)}.${random}`;
}

function digits(value: number, count: number): string {
  return value.toString(RADIX).padStart(count, "0");
}
