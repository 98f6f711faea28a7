import { createHash } from "node:crypto";

/** What is remembered of what a source said of a thing: the same words have the same digest. */
export function itemDigest(said: unknown): string {
  return createHash("sha256").update(JSON.stringify(said)).digest("base64url");
}
