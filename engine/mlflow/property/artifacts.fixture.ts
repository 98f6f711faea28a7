import assert from "node:assert/strict";
import type { Draw } from "../model.fixture.ts";
import { type Aggregate, at, listAt, type Said, sortedBy, type Speaker, type Step, withQuery } from "./sequence.fixture.ts";

/** Whose artifacts: their root as `artifact_uri` names it, without the scheme. */
interface Owner {
  readonly kind: "run" | "model" | "trace";
  readonly id: string;
  readonly root: string;
  readonly files: Map<string, string>;
}

class Artifacts {
  readonly owners: Owner[] = [];
}

const PROXY = "/api/2.0/mlflow-artifacts/artifacts";
const folders = ["", "images/", "größe/a b/", "deep/er/", "images/系/"];
const names = ["a.txt", "b", "loss+step+1+timestamp+5", "ü x.bin", "deep", "系"];
const contents = ["", "täxt", "\u0000\u0001", "x".repeat(70_000), "{}", "a\r\nb"];

const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const fileOf = ({ root }: Owner, path: string): string => `${PROXY}/${root}/${encoded(path)}`;

/** Whether a name may be a file: it is no folder, and no part of it is a file. */
function isFree({ files }: Owner, path: string): boolean {
  return [...files.keys()].every((other) => !other.startsWith(`${path}/`) && !path.startsWith(`${other}/`));
}

function aPath(owner: Owner, draw: Draw): string | null {
  const path = draw.of(folders) + draw.of(names);
  return isFree(owner, path) ? path : null;
}

const put: Step<Artifacts> = async ({ owners }, draw, door) => {
  const owner = draw.of(owners);
  const path = aPath(owner, draw);
  if (path === null) return;
  const content = draw.of(contents);
  await door.say("PUT", fileOf(owner, path), bytes(content));
  owner.files.set(path, content);
};

const steps: readonly Step<Artifacts>[] = [
  put,
  put,
  put,
  async ({ owners }, draw, door) => {
    const owner = draw.of(owners);
    if (owner.files.size === 0) return;
    const file = draw.of([...owner.files.keys()]);
    // A file, or a folder with all that is in it.
    const depth = 1 + draw.below(file.split("/").length);
    const gone = file.split("/").slice(0, depth).join("/");
    await door.say("DELETE", fileOf(owner, gone));
    for (const path of owner.files.keys()) if (path === gone || path.startsWith(`${gone}/`)) owner.files.delete(path);
  },
  async ({ owners }, draw, door) => {
    const owner = draw.of(owners);
    const path = aPath(owner, draw);
    if (path === null) return;
    const [folder, name] = [path.split("/").slice(0, -1), path.split("/").at(-1) ?? ""];
    const place = (word: string): string => `/api/2.0/mlflow-artifacts/mpu/${word}/${[owner.root, ...folder.map(encodeURIComponent)].join("/")}`;
    const parts = Array.from({ length: 1 + draw.below(3) }, () => draw.of(contents));
    const made = await door.say("POST", place("create"), { path: `/home/ada/${name}`, num_parts: parts.length });
    const upload = String(made["upload_id"]);
    const done: object[] = [];
    for (const [i, credential] of listAt(made, "credentials").entries()) {
      const answer = await door.ask("PUT", new URL(String(at(credential, "url"))).pathname, bytes(parts[i] ?? ""));
      assert.equal(answer.status, 200, answer.text);
      done.push({ part_number: i + 1, etag: String(answer.headers["etag"]) });
    }
    if (draw.chance(0.2)) {
      await door.say("POST", place("abort"), { path: name, upload_id: upload });
      return;
    }
    await door.say("POST", place("complete"), { path: name, upload_id: upload, parts: done });
    owner.files.set(path, parts.join(""));
  },
  async ({ owners }, draw, door) => {
    const owner = draw.of(owners.filter(({ kind }) => kind === "run"));
    const path = aPath(owner, draw);
    const content = draw.of(contents.filter((text) => text !== ""));
    if (path === null) return;
    await door.say("POST", withQuery("/ajax-api/2.0/mlflow/upload-artifact", { run_uuid: owner.id, path }), bytes(content));
    owner.files.set(path, content);
  },
];

function wrong({ owners }: Artifacts, draw: Draw): Said {
  const owner = draw.of(owners);
  const run = draw.of(owners.filter(({ kind }) => kind === "run"));
  const [file = "none"] = owner.files.keys();
  const out = draw.of(["..%2fx", "%2e%2e/x", "a/../../x", "a%5cb", "a%23b", "/etc/passwd", "%252e%252e/x", "a//b", "%00"]);
  const taken = owner.files.size === 0 ? out : draw.of([`${encoded(file)}/x`, ...(file.includes("/") ? [encoded(file.split("/").slice(0, -1).join("/"))] : [out])]);
  const root = `${PROXY}/${owner.root}`;
  const mpu = (word: string): string => `/api/2.0/mlflow-artifacts/mpu/${word}/${owner.root}`;
  const content = bytes("no");
  const all: readonly (readonly [string, string, unknown])[] = [
    ["PUT", `${root}/${out}`, content],
    ["PUT", `${root}/${taken}`, content],
    ["PUT", `${PROXY}/nowhere/x`, content],
    ["PUT", `${PROXY}/0/${"f".repeat(32)}/artifacts/x`, content],
    ["DELETE", `${root}/${out}`, undefined],
    ["GET", `${root}/${out}`, undefined],
    ["GET", `${root}/none/of/that`, undefined],
    ["GET", `${PROXY}?path=${owner.root}/${encodeURIComponent(draw.of(["..", "a/../../b", "%2e%2e"]))}`, undefined],
    ["POST", mpu("create"), draw.of([{}, { path: "" }, { path: "a", num_parts: 0 }, { path: "a", num_parts: "x" }, { path: "..", num_parts: 1 }, { path: "a", num_parts: 10_001 }, { path: 5 }])],
    ["POST", mpu("complete"), draw.of([{}, { path: "a" }, { path: "a", upload_id: "nobody", parts: [{ part_number: 1, etag: "x" }] }, { path: "a", upload_id: "../x", parts: [{ part_number: 1, etag: "x" }] }, { path: "a", upload_id: "x", parts: 5 }])],
    ["PUT", `/api/2.0/mlflow-artifacts/mpu/part/${draw.of(["nobody", "0123abcd-0000-0000-0000-000000000000"])}/1`, content],
    ["POST", withQuery("/ajax-api/2.0/mlflow/upload-artifact", draw.of([{}, { run_uuid: run.id }, { path: "a" }, { run_uuid: "nobody", path: "a" }, { run_uuid: run.id, path: "../a" }])), content],
    ["POST", withQuery("/ajax-api/2.0/mlflow/upload-artifact", { run_uuid: run.id, path: "a" }), new Uint8Array()],
    ["GET", withQuery("artifacts/list", draw.of([{}, { run_id: "nobody" }, { run_id: run.id, path: "../.." }])), undefined],
    ["GET", withQuery("/get-artifact", draw.of([{}, { run_id: run.id }, { run_id: run.id, path: ".." }, { run_id: "nobody", path: "a" }, { run_id: run.id, path: "none" }])), undefined],
    ["POST", "artifacts/presigned-upload-url", draw.of([{}, { run_id: run.id }, { run_id: run.id, path: "../a" }, { run_id: run.id, path: "a" }, { path: "a" }])],
  ];
  const [method, path, body] = draw.of(all);
  return { method, path, ...(body === undefined ? {} : { body }) };
}

/** What stands in a folder: names with sizes; a folder has none. */
function entries({ files }: Owner, folder: string): { path: string; is_dir: boolean; file_size?: number }[] {
  const start = folder === "" ? "" : `${folder}/`;
  const found = new Map<string, { path: string; is_dir: boolean; file_size?: number }>();
  for (const [path, content] of files) {
    if (!path.startsWith(start)) continue;
    const [name = "", ...more] = path.slice(start.length).split("/");
    found.set(name, more.length > 0 ? { path: start + name, is_dir: true } : { path: start + name, is_dir: false, file_size: bytes(content).length });
  }
  return sortedBy([...found.values()], ({ path }) => path);
}

async function check({ owners }: Artifacts, door: Speaker): Promise<void> {
  const byPath = (json: unknown, list: string): unknown[] => sortedBy(listAt(json, list), (entry) => String(at(entry, "path")));
  for (const owner of owners) {
    const all = new Set(["", ...[...owner.files.keys()].flatMap((path) => path.split("/").slice(0, -1).map((_, i, parts) => parts.slice(0, i + 1).join("/")))]);
    for (const folder of all) {
      const wanted = entries(owner, folder);
      const listed = await door.say("GET", withQuery(PROXY, { path: folder === "" ? owner.root : `${owner.root}/${folder}` }));
      assert.deepEqual(byPath(listed, "files"), sortedBy(wanted.map((entry) => ({ ...entry, path: entry.path.split("/").at(-1) ?? "" })), ({ path }) => path));
      if (owner.kind === "trace") continue;
      const own = owner.kind === "run" ? withQuery("artifacts/list", { run_id: owner.id, path: folder }) : withQuery(`logged-models/${owner.id}/artifacts/directories`, { artifact_directory_path: folder });
      const answer = await door.say("GET", own);
      assert.equal(answer["root_uri"], `mlflow-artifacts:/${owner.root}`);
      assert.deepEqual(byPath(answer, "files"), wanted);
    }
    for (const [path, content] of owner.files) {
      const answer = await door.ask("GET", fileOf(owner, path));
      assert.deepEqual([answer.status, answer.text], [200, content], path);
      if (owner.kind === "run") assert.equal((await door.ask("GET", withQuery("/get-artifact", { run_id: owner.id, path }))).text, content);
    }
    for (const folder of folders) for (const name of names) if (!owner.files.has(folder + name)) assert.ok([400, 404].includes((await door.ask("GET", fileOf(owner, folder + name))).status), folder + name);
  }
}

export const artifacts: Aggregate<Artifacts> = {
  name: "artifacts",
  model: () => new Artifacts(),
  async begin({ owners }, door) {
    const experiment = String((await door.say("POST", "experiments/create", { name: "files" }))["experiment_id"]);
    for (let i = 0; i < 2; i++) {
      const id = String(at(await door.say("POST", "runs/create", { experiment_id: experiment, start_time: i }), "run.info.run_id"));
      owners.push({ kind: "run", id, root: `${experiment}/${id}/artifacts`, files: new Map() });
    }
    const model = String(at(await door.say("POST", "logged-models", { experiment_id: experiment, name: "net" }), "model.info.model_id"));
    owners.push({ kind: "model", id: model, root: `${experiment}/models/${model}/artifacts`, files: new Map() });
    const trace = String(at(await door.say("POST", "traces", { experiment_id: experiment, timestamp_ms: 1 }), "trace_info.request_id"));
    owners.push({ kind: "trace", id: trace, root: `${experiment}/traces/${trace}/artifacts`, files: new Map() });
  },
  steps,
  wrong,
  check,
};
