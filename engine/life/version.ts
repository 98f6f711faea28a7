import manifest from "../../package.json" with { type: "json" };
import { PROTOCOL_VERSION } from "../api/engine.ts";

export interface Version {
  /** Of the request tokens (engine/api). */
  readonly protocol: number;
  /** Of the extension's package, e.g. `0.1.0`. */
  readonly version: string;
}

export const OWN_VERSION: Version = { protocol: PROTOCOL_VERSION, version: manifest.version };

/** Negative when `a` is older than `b`, zero when equal, positive when newer: by protocol, then by the numbers of the version. */
export function compareVersions(a: Version, b: Version): number {
  if (a.protocol !== b.protocol) return a.protocol - b.protocol;
  const [left, right] = [numbers(a.version), numbers(b.version)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A part that is no number (a pre-release's name) counts as 0. */
function numbers(version: string): number[] {
  return version.split(/[.+-]/).map((part) => (/^\d+$/.test(part) ? Number(part) : 0));
}
