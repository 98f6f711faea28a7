import { openConnection } from "./connection.ts";
import { openStore } from "./store.ts";

/**
 * `node upkeep.fixture.ts FOLDER giveBack|rewrite`: writes one point after the other and says each once it is acknowledged, while the
 * store gives room back, or is written anew, again and again; to be killed in it.
 */
const [folder = "", what = ""] = process.argv.slice(2);
const store = await openStore({ folder });
// Room to give: rows that come and go beside the store's own.
const side = openConnection(store.file, "write");
side.exec("CREATE TABLE IF NOT EXISTS ballast (bytes BLOB)");
const fill = side.prepare("INSERT INTO ballast SELECT zeroblob(4000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT i FROM n)");
void (async () => {
  for (;;) {
    fill.run();
    side.exec("DELETE FROM ballast");
    if (what === "rewrite") await store.upkeep("rewrite");
    else while ((await store.upkeep("giveBack")) > 0);
  }
})();
for (let step = Number(process.argv[4]); ; step++) {
  await store.write("run.logBatch", { runId: "r", metrics: [{ key: "loss", value: step / 8, time: step, step }], params: [], tags: [] });
  process.stdout.write(`${step}\n`);
}
