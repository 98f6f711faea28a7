import { createHash } from "node:crypto";
import type { WriteContext } from "./context.ts";

/** Which things of a source were taken in, by a digest of what it said of them: what did not change is not applied again. */
export function importedItems({ db }: WriteContext) {
  const get = db.prepare<[number, string, string], { digest: string }>("SELECT digest FROM source_items WHERE source_key = ? AND kind = ? AND key = ?");
  const put = db.prepare<[number, string, string, string]>("INSERT OR REPLACE INTO source_items (source_key, kind, key, digest) VALUES (?, ?, ?, ?)");

  return {
    /** Calls `apply` where the source says something new of it. False where it does not. */
    changed(sourceKey: number, kind: string, key: string, said: unknown, apply: () => void): boolean {
      const digest = createHash("sha256").update(JSON.stringify(said)).digest("base64url");
      if (get.get(sourceKey, kind, key)?.digest === digest) return false;
      apply();
      put.run(sourceKey, kind, key, digest);
      return true;
    },
  };
}
