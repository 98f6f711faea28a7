import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { routes } from "../../test/differential/routes.ts";
import { addressOf } from "../../test/differential/compare.ts";
import { createArtifacts } from "../artifacts/artifacts.ts";
import { launchOf } from "../store/store.fixture.ts";
import { rawCall } from "./call.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
  await door.store.write("launch.create", launchOf("l", "r1"));
});
after(() => door.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` });
const open = ["/health", "/version"];
const own = ["GET /get-artifact", "POST /ajax-api/2.0/mlflow/upload-artifact", "PUT /api/2.0/mlflow-artifacts/mpu/part/x/1", "GET /nothing", "POST /graphql"];

/** Every route that the door has or is to have, as a method and a path. */
const every = [...Object.values(routes).flat(), ...own].map((route) => {
  const [method = "", path = ""] = route.split(" ", 2);
  return { method, path: addressOf(path).replaceAll(/:\w+/g, "x").replace("*", "1/r1/artifacts/x") };
});

test("every route wants a token, this computer's name and no foreign page, whatever is called on it", async () => {
  assert.ok(every.length > 100 && every.some(({ path }) => path === "/v1/traces"));
  const codes = async (headers: OutgoingHttpHeaders) => {
    const all: [number, string][] = [];
    for (const { method, path } of every) {
      if (open.includes(path)) continue;
      const { status, json } = await rawCall(door.uri, { method, path, headers });
      all.push([status, String(json["error_code"])]);
    }
    return [...new Set(all.map((one) => one.join(" ")))];
  };
  const token = bearer(door.storeToken);
  for (const wrong of [{}, bearer("store.0000"), bearer(""), basic("touchstone", "no"), basic(door.storeToken, ""), { authorization: door.storeToken }]) assert.deepEqual(await codes(wrong), ["401 UNAUTHENTICATED"]);
  for (const host of ["evil.example", "evil.example:5000", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]:80", "0.0.0.0", "xn--lcalhost-54a"]) assert.deepEqual(await codes({ ...token, host }), ["403 PERMISSION_DENIED"], host);
  for (const host of ["::1", "127.0.0.1@evil.example", "a b"]) assert.deepEqual(await codes({ ...token, host }), ["400 undefined"], `${host} is no name`);
  for (const origin of ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://", "http://localhost@evil.example", "vscode-webview://x"]) assert.deepEqual(await codes({ ...token, origin }), ["403 PERMISSION_DENIED"], origin);
  assert.deepEqual(await codes({ ...token, "sec-fetch-site": "cross-site" }), ["403 PERMISSION_DENIED"]);
});

test("whom a token speaks for: the store, a launch, as a bearer or as a password whatever the user's name; health and version are open", async () => {
  const path = "/api/2.0/mlflow/experiments/get?experiment_id=0";
  const status = async (headers: OutgoingHttpHeaders) => (await rawCall(door.uri, { path, headers })).status;
  const launch = door.launchToken("l");
  // MLflow's client for Java sends the user and password of its address once it is asked for them.
  assert.equal((await rawCall(door.uri, { path })).headers["www-authenticate"], 'Basic realm="Touchstone"');
  for (const token of [door.storeToken, launch]) {
    assert.deepEqual([await status(bearer(token)), await status(basic("touchstone", token)), await status(basic("", token)), await status({ authorization: `bearer ${token}` })], [200, 200, 200, 200]);
    // Another launch's name before this one's signature.
    assert.equal(await status(bearer(token.replace(/^[^.]+/, "other"))), 401);
    assert.equal(await status(bearer(`${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`)), 401);
  }
  for (const host of ["localhost", "localhost:1", "127.0.0.1", "127.0.0.2:80", "[::1]:80"]) assert.equal(await status({ ...bearer(launch), host }), 200, host);
  for (const path of open) {
    const { status, headers } = await rawCall(door.uri, { path, headers: { host: "evil.example" } });
    assert.deepEqual([status, headers["access-control-allow-origin"], headers["cross-origin-resource-policy"]], [200, undefined, "same-origin"]);
  }
});

test("without tokens (`serve --no-token`) names of hosts and pages are looked at all the same, and a wrong token is wrong", async () => {
  const without = await openDoor(undefined, { requireToken: false });
  try {
    const status = async (headers: OutgoingHttpHeaders) => (await rawCall(without.uri, { path: "/api/2.0/mlflow/experiments/get?experiment_id=0", headers })).status;
    assert.deepEqual([await status({}), await status(bearer(without.storeToken)), await status(bearer("wrong")), await status({ host: "evil.example" }), await status({ origin: "https://evil.example" }), await status({ "sec-fetch-site": "cross-site" })], [200, 200, 401, 403, 403, 403]);
  } finally {
    await without.close();
  }
});

test("no path leaves a run's artifacts, however it is written, wherever it stands: nothing is read, made or removed outside", async () => {
  const folder = join(door.store.dir, "artifacts");
  const artifacts = createArtifacts(door.store);
  const root = artifacts.rootOf({ kind: "run", id: "r1" });
  mkdirSync(root, { recursive: true });
  const secret = join(door.store.dir, "..", "secret.txt");
  writeFileSync(secret, "secret");
  symlinkSync(join(door.store.dir, ".."), join(root, "link"));
  const before = readdirSync(join(door.store.dir, ".."), { recursive: true }).sort();
  const up = "../".repeat(6);
  const names = [
    `${up}secret.txt`, `${encodeURIComponent(up)}secret.txt`, `${encodeURIComponent(encodeURIComponent(up))}secret.txt`, "%2e%2e/%2e%2e/secret.txt", "..%2f..%2fsecret.txt", "%252e%252e%252fsecret.txt", "..%5c..%5csecret.txt", "..\\..\\secret.txt", "a/%2e%2e/%2e%2e/x",
    "x%00.txt", "%2500", "%2fetc%2fpasswd", "/etc/passwd", "//etc/passwd", "c:/windows/x", "C%3A%5Cx", "file:///etc/passwd", "file:%2f%2f%2fetc/passwd", "a//b", "a/./b", "./b", ".", "..", "%2e", "x%23y", "link/secret.txt", "link/planted.txt", "%c0%ae%c0%ae/secret.txt", "%u002e%u002e/secret.txt",
  ];
  const headers = bearer(door.storeToken);
  const at = "/mlflow-artifacts/artifacts/1/r1/artifacts/";
  // What is no valid encoding, or means nothing on this system, is a name like another.
  const harmless = new Set(["c:/windows/x", "%c0%ae%c0%ae/secret.txt", "%u002e%u002e/secret.txt"]);
  for (const name of names) {
    for (const base of ["/api/2.0", "/ajax-api/2.0"]) {
      for (const method of ["PUT", "GET", "DELETE"]) {
        const { status, bytes } = await rawCall(door.uri, { method, path: base + at + name, headers }, method === "PUT" ? "planted" : undefined);
        assert.ok((status < 500 || status === 501) && bytes.toString() !== "secret", `${method} ${name}: ${status}`);
        if (method === "PUT" && !harmless.has(name)) assert.ok([400, 404, 501].includes(status), `${method} ${name}: ${status}`);
      }
    }
    const query = encodeURIComponent(name);
    const calls = [
      { method: "GET", path: `/api/2.0/mlflow-artifacts/artifacts?path=${encodeURIComponent(`1/r1/artifacts/${name}`)}` },
      { method: "GET", path: `/api/2.0/mlflow/artifacts/list?run_id=r1&path=${query}` },
      { method: "GET", path: `/get-artifact?run_id=r1&path=${query}` },
      { method: "POST", path: `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=r1&path=${query}`, body: "planted" },
      { method: "POST", path: "/api/2.0/mlflow-artifacts/mpu/create/1/r1/artifacts/d", body: JSON.stringify({ path: name, num_parts: 1 }) },
      { method: "POST", path: `/api/2.0/mlflow-artifacts/mpu/create/1/r1/artifacts/${name}`, body: JSON.stringify({ path: "x", num_parts: 1 }) },
      { method: "PUT", path: `/api/2.0/mlflow-artifacts/mpu/part/${query}/1`, body: "planted" },
    ];
    for (const { method, path, body } of calls) {
      const { status, bytes } = await rawCall(door.uri, { method, path, headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) } }, body);
      assert.ok((status < 500 || status === 501) && bytes.toString() !== "secret", `${method} ${path}: ${status} ${bytes.toString()}`);
    }
  }
  for (const id of ["..", "%2e%2e", "..%2f..", "r1%2f..", "."]) assert.notEqual((await rawCall(door.uri, { method: "PUT", path: `/api/2.0/mlflow-artifacts/artifacts/${id}/${id}/artifacts/x`, headers }, "planted")).status, 200, id);
  assert.equal(readFileSync(secret, "utf8"), "secret");
  const outside = readdirSync(join(door.store.dir, ".."), { recursive: true }).map(String).filter((path) => !path.startsWith(join(".touchstone", "artifacts")));
  assert.deepEqual(outside.sort(), before.map(String).filter((path) => !path.startsWith(join(".touchstone", "artifacts"))).sort());
  assert.ok(existsSync(folder));
});

/** Sends bytes as they are and gives what comes back until the other side closes. */
function talk(text: string): Promise<string> {
  return new Promise((resolve) => {
    let said = "";
    const socket = connect(Number(new URL(door.uri).port), "127.0.0.1", () => socket.write(text));
    socket.setEncoding("latin1").on("data", (data: string) => (said += data));
    socket.on("error", () => undefined).once("close", () => resolve(said));
  });
}

test("what is no HTTP, or too long, or said in two ways is refused, and the door stays open", async () => {
  const auth = `authorization: Bearer ${door.storeToken}\r\n`;
  const line = async (text: string) => (await talk(text)).split("\r\n", 1)[0];
  assert.match((await line("nonsense\r\n\r\n")) ?? "", /^HTTP\/1\.1 400/);
  assert.match((await line(`GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${"a".repeat(70_000)}\r\n\r\n`)) ?? "", /^HTTP\/1\.1 431/);
  assert.match((await line("GET /api/2.0/mlflow/experiments/get HTTP/1.1\r\n\r\n")) ?? "", /^HTTP\/1\.1 400/, "no host");
  assert.match((await line(`POST /api/2.0/mlflow/runs/create HTTP/1.1\r\nhost: localhost\r\n${auth}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`)) ?? "", /^HTTP\/1\.1 400/, "two lengths");
  const absolute = await talk(`GET http://evil.example/api/2.0/mlflow/experiments/get?experiment_id=0 HTTP/1.1\r\nhost: evil.example\r\n${auth}connection: close\r\n\r\n`);
  assert.match(absolute, /^HTTP\/1\.1 403/);
  const traversal = await talk(`GET http://localhost/api/2.0/mlflow-artifacts/artifacts/1/r1/artifacts/../../../../secret.txt HTTP/1.1\r\nhost: localhost\r\n${auth}connection: close\r\n\r\n`);
  assert.match(traversal, /^HTTP\/1\.1 (4\d\d|501)/);
  assert.equal((await rawCall(door.uri, { path: "/health" })).status, 200);
});
