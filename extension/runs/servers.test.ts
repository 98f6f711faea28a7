import assert from "node:assert/strict";
import { test } from "node:test";
import { countServers, deleteQuestion, hostOf, pruneNote, type Words } from "./servers.ts";

const team = "http://mlflow.example.com:5000";
/** The English text with its places filled, as the editor does. */
const words: Words = { t: (message: unknown, ...values: unknown[]) => String(message).replaceAll(/\{(\d+)\}/g, (_, index) => String(values[Number(index)])) };

test("runs of a server are deleted only after a question that names it and says who else loses them", () => {
  const asked = (runs: number, there: number) => deleteQuestion(words, runs, new Map([[team, there]]))?.message;
  assert.equal(asked(1, 1), `Delete 1 run on ${team}? Others who use this server lose it too.`);
  assert.equal(asked(2, 2), `Delete 2 runs on ${team}? Others who use this server lose them too.`);
  assert.equal(asked(5, 2), `Delete 5 runs, 2 of them on ${team}? Others who use this server lose those too.`);
  assert.equal(asked(5, 1), `Delete 5 runs, 1 of them on ${team}? Others who use this server lose that one too.`);
  const back = (runs: number, there: number) => /bring (\w+) back/.exec(deleteQuestion(words, runs, new Map([[team, there]]))?.detail ?? "")?.[1];
  assert.deepEqual([back(1, 1), back(5, 1), back(2, 2)], ["it", "it", "them"]);
  assert.equal(deleteQuestion(words, 5, new Map()), null, "the folder's own go to the archive, with an Undo");
});

test("before a prune it is said that a server keeps its runs", () => {
  assert.equal(pruneNote(words, new Map()), "");
  assert.equal(pruneNote(words, new Map([[team, 1]])), `1 of them is of ${team}: it stays there, and comes back here when that server is connected anew.`);
  assert.equal(pruneNote(words, new Map([[team, 3]])), `3 of them are of ${team}: they stay there, and come back here when that server is connected anew.`);
});

test("servers are counted by address, and called by host and port", () => {
  assert.deepEqual([...countServers([{ server: team }, {}, { server: team }])], [[team, 2]]);
  assert.deepEqual([hostOf(team), hostOf("https://a.example.com/mlflow")], ["mlflow.example.com:5000", "a.example.com"]);
});
