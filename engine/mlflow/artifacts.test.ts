import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { type OutgoingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { launchOf } from "../store/store.fixture.ts";
import { rawCall } from "./call.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
  await door.store.write("launch.create", launchOf("l", "r1"));
});
after(() => door.close());

const call = (method: string, path: string, body?: string | Uint8Array | Readable, headers: OutgoingHttpHeaders = {}) =>
  rawCall(door.uri, { method, path, headers: { authorization: `Bearer ${door.storeToken}`, ...headers } }, body);
const json = (method: string, path: string, body: unknown) => call(method, path, JSON.stringify(body), { "content-type": "application/json" });
const proxy = "/api/2.0/mlflow-artifacts/artifacts";
const root = `${proxy}/1/r1/artifacts`;
const incoming = () => readdirSync(join(door.store.dir, "artifacts", "incoming"));
const stored = () => door.store.read.artifacts.under("run:r1", "").map(({ path }) => path);

test("bytes come back as they were sent: whole, in chunks, none, and under names that need care; the type is told by the name", async () => {
  const names = [
    ["a%20b.txt", "a b.txt", "text/plain", 'attachment; filename="a b.txt"'],
    ["k+step+1.png", "k+step+1.png", "image/png", "attachment; filename=k+step+1.png"],
    ["t%C3%A4st%20%E8%AA%9E.json", "täst 語.json", "text/plain", "attachment; filename=\"tast .json\"; filename*=UTF-8''t%C3%A4st%20%E8%AA%9E.json"],
    ["sub/MLmodel", "sub/MLmodel", "text/plain", "attachment; filename=MLmodel"],
    ["page.html", "page.html", "text/html", "attachment; filename=page.html"],
    ["w.bin", "w.bin", "application/octet-stream", "attachment; filename=w.bin"],
  ] as const;
  for (const [encoded, name, type, disposition] of names) {
    const sent = await call("PUT", `${root}/${encoded}`, Readable.from([Buffer.from(name), Buffer.from([0, 255])]));
    assert.deepEqual([sent.status, sent.bytes.length], [200, 0], name);
    const got = await call("GET", `/ajax-api/2.0${root.slice("/api/2.0".length)}/${encoded}`);
    assert.deepEqual(got.bytes, Buffer.concat([Buffer.from(name), Buffer.from([0, 255])]));
    assert.deepEqual([got.headers["content-type"], got.headers["content-disposition"], got.headers["x-content-type-options"]], [type, disposition, "nosniff"]);
  }
  assert.equal((await call("PUT", `${root}/empty`, new Uint8Array())).status, 200);
  assert.equal((await call("PUT", `${root}/none`, Readable.from([]))).status, 200);
  for (const name of ["empty", "none"]) {
    const got = await call("GET", `${root}/${name}`);
    assert.deepEqual([got.status, got.bytes.length, got.headers["content-length"]], [200, 0, "0"]);
  }
});

test("a part of a file, its headers alone, and nothing where the client has it already", async () => {
  await call("PUT", `${root}/ten.bin`, "0123456789");
  const range = async (value: string, more: OutgoingHttpHeaders = {}) => {
    const { status, bytes, headers } = await call("GET", `${root}/ten.bin`, undefined, { range: value, ...more });
    return [status, bytes.toString(), headers["content-range"]];
  };
  assert.deepEqual(await range("bytes=2-4"), [206, "234", "bytes 2-4/10"]);
  assert.deepEqual(await range("bytes=7-"), [206, "789", "bytes 7-9/10"]);
  assert.deepEqual(await range("bytes=-3"), [206, "789", "bytes 7-9/10"]);
  assert.deepEqual(await range("bytes=8-99"), [206, "89", "bytes 8-9/10"]);
  assert.deepEqual(await range("bytes=10-"), [416, "", "bytes */10"]);
  assert.deepEqual(await range("bytes=0-1,3-4"), [200, "0123456789", undefined]);
  assert.deepEqual(await range("lines=1-2"), [200, "0123456789", undefined]);
  const head = await call("HEAD", `${root}/ten.bin`);
  assert.deepEqual([head.status, head.bytes.length, head.headers["content-length"], head.headers["accept-ranges"]], [200, 0, "10", "bytes"]);
  const etag = String(head.headers.etag);
  assert.deepEqual((await call("GET", `${root}/ten.bin`, undefined, { "if-none-match": etag })).status, 304);
  assert.deepEqual(await range("bytes=2-4", { "if-range": etag }), [206, "234", "bytes 2-4/10"]);
  await call("PUT", `${root}/ten.bin`, "abcdefghij");
  assert.deepEqual(await range("bytes=2-4", { "if-range": etag }), [200, "abcdefghij", undefined]);
});

test("listings: names by path, sizes of files, nothing of what is not there", async () => {
  await door.store.write("launch.create", launchOf("l2", "listed"));
  const at = `${proxy}/1/listed/artifacts`;
  for (const path of ["b.txt", "a/deep/x", "a/y", "%C3%BC%20%2B/z"]) await call("PUT", `${at}/${path}`, "abc");
  const files = async (path: string) => (await call("GET", `${proxy}?path=${encodeURIComponent(path)}`)).json;
  assert.deepEqual(await files("1/listed/artifacts"), {
    files: [{ path: "a", is_dir: true }, { path: "b.txt", is_dir: false, file_size: 3 }, { path: "ü +", is_dir: true }],
  });
  assert.deepEqual(await files("1/listed/artifacts/ü +"), { files: [{ path: "z", is_dir: false, file_size: 3 }] });
  for (const path of ["1/listed/artifacts/none", "1/listed/artifacts/b.txt", "1/nobody/artifacts", ""]) assert.deepEqual(await files(path), {}, path);
  const list = async (query: string) => (await call("GET", `/api/2.0/mlflow/artifacts/list?${query}`)).json;
  assert.deepEqual(await list("run_id=listed&path=a&page_token=x"), { root_uri: "mlflow-artifacts:/2/listed/artifacts".replace("/2/", `/${String(door.store.read.runs.byId("listed")?.experimentId)}/`), files: [{ path: "a/deep", is_dir: true }, { path: "a/y", is_dir: false, file_size: 3 }] });
  assert.deepEqual((await list("run_id=listed&path=..%2Fx"))["error_code"], "INVALID_PARAMETER_VALUE");
  assert.deepEqual((await list("run_id=nobody"))["message"], "Run with id=nobody not found");
  assert.equal((await call("DELETE", `${at}/a`)).status, 200);
  assert.equal((await call("DELETE", `${at}/a`)).status, 200, "again");
  assert.deepEqual((await call("GET", `${proxy}?path=1/listed/artifacts`)).json["files"], [{ path: "b.txt", is_dir: false, file_size: 3 }, { path: "ü +", is_dir: true }]);
  assert.equal((await call("DELETE", at)).status, 200);
  assert.deepEqual(await files("1/listed/artifacts"), {});
});

test("the same files by run and by model, and a page's small uploads", async () => {
  await call("PUT", `${root}/sub/plot.svg`, "<svg/>");
  const got = await call("GET", "/get-artifact?run_uuid=r1&path=sub/plot.svg");
  assert.deepEqual([got.bytes.toString(), got.headers["content-type"], got.headers["content-disposition"]], ["<svg/>", "image/svg+xml", "attachment; filename=plot.svg"]);
  const folder = await call("GET", "/get-artifact?run_id=r1&path=sub");
  assert.deepEqual([folder.status, folder.json["message"]], [400, "Artifact path refers to a directory, not a file: '1/r1/artifacts/sub'"]);
  assert.deepEqual((await call("GET", "/get-artifact?run_id=r1&path=..%2f..%2fx")).status, 400);
  await door.store.write("model.create", { modelId: "m-1", experimentId: "1", name: "m", modelType: null, sourceRun: null, time: 1, params: [], tags: [], request: "q" });
  await call("PUT", `${proxy}/1/models/m-1/artifacts/MLmodel`, "flavors:");
  assert.equal((await call("GET", "/ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=MLmodel")).bytes.toString(), "flavors:");

  await json("POST", "/api/2.0/mlflow/registered-models/create", { name: "clf" });
  await json("POST", "/api/2.0/mlflow/model-versions/create", { name: "clf", source: "models:/m-1", model_id: "m-1" });
  const version = (query: string) => call("GET", `/model-versions/get-artifact?${query}`);
  assert.equal((await version("name=clf&version=1&path=MLmodel")).bytes.toString(), "flavors:");
  assert.equal((await version("name=clf&version=2&path=MLmodel")).status, 404);
  assert.equal((await version("name=clf&version=1&path=../x")).status, 400);
  const elsewhere = (await json("POST", "/api/2.0/mlflow/experiments/create", { name: "own place", artifact_location: "mlflow-artifacts:/team a/artifacts/here" })).json["experiment_id"];
  // SAFETY: the answer's shape is what the next lines assert on.
  const { run } = (await json("POST", "/api/2.0/mlflow/runs/create", { experiment_id: elsewhere })).json as { run: { info: { run_id: string } } };
  await call("PUT", `${proxy}/team%20a/artifacts/here/${run.info.run_id}/artifacts/x`, "its own");
  assert.equal((await call("GET", `/get-artifact?run_id=${run.info.run_id}&path=x`)).bytes.toString(), "its own");

  const upload = (query: string, body: Uint8Array) => call("POST", `/ajax-api/2.0/mlflow/upload-artifact?${query}`, body);
  assert.equal((await upload("run_uuid=r1&path=note.md", Buffer.from("hi"))).status, 200);
  assert.equal((await call("GET", `${root}/note.md`)).bytes.toString(), "hi");
  for (const [query, size, message] of [
    ["path=x", 1, "Request must specify run_uuid."],
    ["run_uuid=r1", 1, "Request must specify path."],
    ["run_uuid=r1&path=x", 0, "Request must specify data."],
    ["run_uuid=r1&path=x", 10 * 1024 * 1024 + 1, "Artifact size is too large. Max size is 10MB."],
  ] as const) {
    const { status, json: answer } = await upload(query, new Uint8Array(size));
    assert.deepEqual([status, answer["message"]], [400, message]);
  }
});

test("a client that hangs up in an upload leaves nothing, and the name keeps what it held", async () => {
  await call("PUT", `${root}/kept.bin`, "before");
  for (const headers of [{ "content-length": "100000" }, { "transfer-encoding": "chunked" }]) {
    await new Promise<void>((resolve) => {
      const sent = request(door.uri, { method: "PUT", path: `${root}/kept.bin`, headers: { authorization: `Bearer ${door.storeToken}`, ...headers } });
      sent.on("error", () => undefined).once("close", resolve);
      sent.write("half", () => setImmediate(() => sent.destroy()));
    });
  }
  // What comes after on the same door is answered after them.
  assert.equal((await call("GET", `${root}/kept.bin`)).bytes.toString(), "before");
  const started = Date.now();
  while (incoming().length > 0) {
    assert.ok(Date.now() - started < 30_000, `left: ${incoming().join()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test("a large file stands in nobody's memory, neither on its way in nor out", async (t) => {
  const chunk = Buffer.alloc(1024 * 1024, 7);
  const chunks = process.env["TOUCHSTONE_LONG"] === "1" ? 2048 : 512;
  const before = process.memoryUsage().rss;
  let most = 0;
  const look = (): void => void (most = Math.max(most, process.memoryUsage().rss - before));
  async function* content() {
    for (let i = 0; i < chunks; i++) {
      look();
      yield chunk;
    }
  }
  assert.equal((await call("PUT", `${root}/large.bin`, Readable.from(content()))).status, 200);
  const got = await new Promise<number>((resolve, reject) => {
    const sent = request(door.uri, { path: `${root}/large.bin`, headers: { authorization: `Bearer ${door.storeToken}` } }, (response) => {
      let bytes = 0;
      response.on("data", (piece: Buffer) => ((bytes += piece.length), look())).once("error", reject).once("end", () => resolve(bytes));
    });
    sent.once("error", reject).end();
  });
  assert.equal(got, chunks * chunk.length);
  t.diagnostic(`${chunks} MiB there and back: at most ${(most / 1024 / 1024).toFixed(0)} MiB more, client and server together`);
  assert.ok(most < 256 * 1024 * 1024);
});

test("uploads in parts: in any order, twice, replaced; complete says so once; what does not fit is refused and kept", async () => {
  const mpu = "/api/2.0/mlflow-artifacts/mpu";
  const begin = async (parts: number) => {
    const { json: answer } = await json("POST", `${mpu}/create/1/r1/artifacts/big`, { path: "/home/me/w%20+.bin", num_parts: parts });
    // SAFETY: the answer's shape is what the next lines assert on.
    return answer as { upload_id: string; credentials: { url: string; part_number: number; headers: Record<string, string> }[] };
  };
  const { upload_id, credentials } = await begin(3);
  const put = async (index: number, content: string) => {
    const { url, headers, part_number } = credentials[index] ?? assert.fail();
    const { headers: answered } = await rawCall(url, { method: "PUT", headers }, content);
    return { part_number, etag: String(answered.etag), url };
  };
  const third = await put(2, "ghi");
  const wrong = await put(0, "xxx");
  const [first, second] = [await put(0, "abc"), await put(1, "def")];
  const complete = (parts: object[], path = "w%20+.bin") => json("POST", `${mpu}/complete/1/r1/artifacts/big`, { path, upload_id, parts });
  for (const [parts, message] of [
    [[], /Missing value for required parameter 'parts'/],
    [[first, second], /This upload has parts 1 to 3; completed were 1, 2\./],
    [[wrong, second, third], /Part 1 has not come, or is another one/],
  ] as const) {
    const { status, json: answer } = await complete([...parts]);
    assert.equal(status, 400);
    assert.match(String(answer["message"]), message);
  }
  assert.equal((await complete([first, second, third], "other.bin")).status, 400);
  assert.ok(!stored().some((path) => path.startsWith("big/")));
  for (let time = 0; time < 2; time++) assert.equal((await complete([third, second, first])).status, 200);
  assert.equal((await call("GET", "/get-artifact?run_id=r1&path=big/w%2520%2B.bin")).bytes.toString(), "abcdefghi");
  assert.deepEqual(incoming(), [`${upload_id}.json`], "parts are gone; that it is done is remembered");

  const aborted = await begin(1);
  await rawCall(aborted.credentials[0]?.url ?? "", { method: "PUT", headers: aborted.credentials[0]?.headers }, "abc");
  const abort = () => json("POST", `${mpu}/abort/1/r1/artifacts/big`, { path: "w.bin", upload_id: aborted.upload_id });
  for (let time = 0; time < 2; time++) assert.equal((await abort()).status, 200);
  assert.equal(incoming().length, 1);
  assert.equal((await rawCall(aborted.credentials[0]?.url ?? "", { method: "PUT", headers: aborted.credentials[0]?.headers }, "abc")).status, 404);
  assert.equal((await rawCall(aborted.credentials[0]?.url ?? "", { method: "PUT" }, "abc")).status, 401);
  assert.deepEqual((await json("POST", `${mpu}/create/1/r1/artifacts`, { path: "x", num_parts: 0 })).status, 400);
  assert.deepEqual((await json("POST", `${mpu}/create/1/nobody/artifacts`, { path: "x", num_parts: 1 })).status, 404);
});

test("who asks for an address elsewhere is told that there is none, as MLflow tells it", async () => {
  const got = async (answer: ReturnType<typeof call>) => [(await answer).status, (await answer).json["error_code"], (await answer).json["message"]];
  assert.deepEqual(await got(call("GET", "/api/2.0/mlflow-artifacts/presigned/1/r1/artifacts/x")), [501, "NOT_IMPLEMENTED", "Multipart download is not supported for the current artifact repository"]);
  const url = "/api/2.0/mlflow/artifacts/presigned-upload-url";
  assert.deepEqual(await got(json("POST", url, { run_id: "r1", path: "x" })), [400, "INVALID_PARAMETER_VALUE", "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: mlflow-artifacts). This endpoint requires a direct cloud storage artifact URI."]);
  assert.deepEqual(await got(json("POST", url, { path: "x" })), [400, "INVALID_PARAMETER_VALUE", "Exactly one of run_id and model_id must be provided."]);
});

test("bodies: packed ones are unpacked, a bomb or nonsense is refused with a sentence", async () => {
  const create = (body: Uint8Array, coding: string) => call("POST", "/api/2.0/mlflow/runs/create", body, { "content-type": "application/json", "content-encoding": coding });
  const packed = await create(gzipSync(JSON.stringify({ experiment_id: "0", run_name: "packed" })), "gzip");
  assert.equal(packed.status, 200);
  const runs = async () => (await json("POST", "/api/2.0/mlflow/runs/search", { experiment_ids: ["0"] })).json["runs"];
  const before = await runs();
  const bomb = await create(gzipSync(Buffer.alloc(65 * 1024 * 1024, " ")), "gzip");
  assert.deepEqual([bomb.status, bomb.json["message"]], [400, "The request is larger than 64 MiB."]);
  const plain = await call("POST", "/api/2.0/mlflow/runs/create", Buffer.alloc(65 * 1024 * 1024, " "), { "content-type": "application/json" });
  assert.deepEqual([plain.status, plain.json["message"]], [400, "The request is larger than 64 MiB."]);
  const nonsense = await create(Buffer.from("nonsense"), "gzip");
  assert.deepEqual([nonsense.status, nonsense.json["message"]], [400, "The request's body is not what its Content-Encoding says."]);
  assert.equal((await create(gzipSync("{}").subarray(0, 15), "gzip")).status, 400);
  assert.equal((await create(Buffer.from("{}"), "br")).status, 400);
  assert.deepEqual(await runs(), before);
});
