import assert from "node:assert/strict";
import { test } from "node:test";
import type { RemoteState } from "../../engine/api/remote.ts";
import { possible } from "../table/run-possible.ts";
import { noFiles, sameAndUnknown, serverLine } from "./server-words.ts";

const uri = "http://mlflow.example.com:5000";
const at = (minute: number): number => new Date(2026, 4, 3, 14, minute).getTime();
const of = (state: RemoteState, synced: number | null) => ({ uri, state, message: null, synced, runs: 1, notShown: [] });

test("the page of a server's run says whose it is and how old what it shows may be", () => {
  const run = { head: { server: uri }, serverSeen: at(2) };
  assert.equal(serverLine({ head: {} }, of("connected", at(5))), null);
  assert.equal(serverLine(run, of("connected", at(5))), `of ${uri}, as of 2026-05-03 14:05:00`);
  assert.equal(serverLine(run, of("connected", null)), `of ${uri}, as of 2026-05-03 14:02:00`);
  assert.equal(serverLine(run, of("offline", at(2))), `of ${uri}, as of 2026-05-03 14:02:00; it does not answer now`);
  assert.equal(serverLine(run, { ...of("connected", at(5)), uri: "http://another" }), `of ${uri}, as of 2026-05-03 14:02:00; not connected`);
});

test("of a server's run it is not said that nothing was read", () => {
  assert.equal(noFiles("inputs", uri), "Not known: the server does not say which files were read.");
  assert.equal(noFiles("inputs", undefined), "Nothing under the folder was read.");
  assert.equal(noFiles("outputs", uri), "Not known: the server does not say which files were written.");
});

test("a menu leaves out what a server's run does not have, and what would change a store that is only read", () => {
  const items = ["open", "openRunFolder", "goToCode", "stop", "renameRun", "baseline", "deleteRun"].map((id) => ({ id, label: id }));
  const left = (server: string | undefined, readOnly: boolean) => possible(items, server === undefined ? {} : { server }, readOnly).map(({ id }) => id);
  assert.deepEqual(left(undefined, false), items.map(({ id }) => id));
  assert.deepEqual(left(uri, false), ["open", "renameRun", "baseline", "deleteRun"]);
  assert.deepEqual(left(undefined, true), ["open", "openRunFolder", "goToCode"]);
});

test("what nobody kept of a run is not said to be the same as in another", () => {
  // SAFETY: of a head only the server is looked at.
  const heads = [{ server: uri }, {}, { server: uri }, {}] as unknown as Parameters<typeof sameAndUnknown>[0]["heads"];
  const unknown = [["data", "environment"], [], ["environment"], ["data", "environment"]] as const;
  const said = (pair: readonly [number, number], code = true) => sameAndUnknown({ heads, unknown }, pair, { code, data: true, environment: true });
  assert.deepEqual(said([1, 1]), { same: "code, data and environment are the same", unknown: null });
  assert.deepEqual(said([0, 1], false), { same: null, unknown: "data and environment are not known: the server does not keep them" });
  assert.deepEqual(said([1, 2]), { same: "code and data are the same", unknown: "environment is not known: the server does not keep it" });
  assert.deepEqual(said([3, 1], false), { same: null, unknown: "data and environment are not known: not captured" });
});
