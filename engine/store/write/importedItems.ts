import { itemDigest } from "../itemDigest.ts";
import type { WriteContext } from "./context.ts";

/** What became of a thing: "here" is one that this store has from elsewhere, which stays as it is. */
type Taken = "new" | "same" | "here";

/** Which things of a source were taken in, by a digest of what it said of them: what did not change is not applied again. A source changes only what it brought. */
export function importedItems({ db }: WriteContext) {
  const get = db.prepare<[number, string, string], { digest: string }>("SELECT digest FROM source_items WHERE source_key = ? AND kind = ? AND key = ?");
  // By way of the sources, of which there are few, as the key of the table begins with them.
  const anywhere = db.prepare<[string, string, string], { found: number }>(
    "SELECT 1 AS found FROM sources s JOIN source_items i ON i.source_key = s.source_key AND i.kind = ? AND i.key = ? AND i.digest = ? LIMIT 1",
  );
  const drop = db.prepare<[number, string, string]>("DELETE FROM source_items WHERE source_key = ? AND kind = ? AND key = ?");
  const put = db.prepare<[number, string, string, string]>("INSERT OR REPLACE INTO source_items (source_key, kind, key, digest) VALUES (?, ?, ?, ?)");

  return {
    /** Calls `apply` where the source says something new of it. @param elsewhere the store has it, and not from this source */
    take(sourceKey: number, kind: string, key: string, said: unknown, elsewhere: boolean, apply: () => void): Taken {
      const digest = itemDigest(said);
      if (get.get(sourceKey, kind, key)?.digest === digest) return "same";
      // The same source under another path says nothing new.
      if (elsewhere) return anywhere.get(kind, key, digest) ? "same" : "here";
      apply();
      put.run(sourceKey, kind, key, digest);
      return "new";
    },
    /** Whether this source brought it. */
    isOwn: (sourceKey: number, kind: string, key: string): boolean => get.get(sourceKey, kind, key) !== undefined,
    /** What the source says of it next is new. */
    forget: (sourceKey: number, kind: string, key: string): void => void drop.run(sourceKey, kind, key),
    /** Remembers what was made because something of the source needs it. */
    own: (sourceKey: number, kind: string, key: string): void => void put.run(sourceKey, kind, key, ""),
  };
}
