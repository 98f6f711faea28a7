import { aRun, type Call, type Case, del, get, post } from "../case.ts";

const proxy = "/api/2.0/mlflow-artifacts";
const root = `${proxy}/artifacts/$exp/$run/artifacts`;
const put = (path: string, raw: string | Uint8Array = "abc", headers: Readonly<Record<string, string>> = {}): Call => ({ method: "PUT", path: `${root}/${path}`, raw, headers });
const sent = ["content-type", "content-disposition", "x-content-type-options", "content-length"];
const read = (path: string, headers: Readonly<Record<string, string>> = {}): Call => get(`${root}/${path}`, {}, { headers, compareHeaders: sent });
const mpu = (step: string, body: unknown): Call => post(`${proxy}/mpu/${step}/$exp/$run/artifacts`, body);
const unsafe = ["../x", "a/../../x", "%2e%2e/x", "..%2fx", "%252e%252e%252fx", "a%5cb", "a%23b", "%2fetc%2fpasswd"];

/** Artifacts through the server: `mlflow-artifacts:`, and what stands beside it. */
export const cases: readonly Case[] = [
  { name: "sent and read back", calls: [...aRun, put("a.txt"), read("a.txt"), put("a.txt", "longer than before"), read("a.txt"), put("empty", ""), read("empty"), put("bytes.bin", new Uint8Array([0, 255, 10])), read("bytes.bin")] },
  {
    name: "types and names by the path",
    calls: [...aRun, ...["plot.png", "page.html", "dir/MLmodel", "conf.yaml", "a.json", "img.jpeg", "a.svg", "a.pdf", "t.csv", "model.pkl", "a%20b+c.txt", "t%C3%A4st.txt", "%E8%AA%9E", "quo%22te.txt"].flatMap((path) => [put(path), read(path)])],
  },
  { name: "under the page's prefix", calls: [...aRun, put("a.txt"), get("/ajax-api/2.0/mlflow-artifacts/artifacts/$exp/$run/artifacts/a.txt"), { method: "PUT", path: "/ajax-api/2.0/mlflow-artifacts/artifacts/$exp/$run/artifacts/b.txt", raw: "b" }, read("b.txt")] },
  { name: "a part of a file", calls: [...aRun, put("ten", "0123456789"), ...["bytes=2-4", "bytes=7-", "bytes=-3", "bytes=8-99", "bytes=10-"].map((range) => get(`${root}/ten`, {}, { headers: { range }, compareHeaders: ["content-range", "content-length"] }))] },
  { name: "not there", calls: [...aRun, get(`${root}/none`), get(`${root}/none/deeper`), put("dir/file"), get(`${root}/dir`)] },
  { name: "listed by the proxy", calls: [...aRun, ...["b.txt", "a/deep/x", "a/y", "%C3%BC%20%2B/z"].map((path) => put(path)), ...["", "/a", "/a/deep", "/a/", "/none", "/b.txt", "/ü +"].map((path) => get(`${proxy}/artifacts`, { path: `$exp/$run/artifacts${path}` })), get(`${proxy}/artifacts`, { path: "$exp/../x" })] },
  { name: "listed by the run", calls: [...aRun, get("artifacts/list", { run_id: "$run" }), ...["b.txt", "a/deep/x", "a/y"].map((path) => put(path)), ...["a", "a/deep", "none", "b.txt", "../x", "/etc", "a%2f..%2f..%2fx"].map((path) => get("artifacts/list", { run_id: "$run", path })), get("artifacts/list", { run_uuid: "$run" }), get("artifacts/list", { run_id: "0123456789abcdef0123456789abcdef" }), get("artifacts/list", { path: "a" })] },
  { name: "deleted", calls: [...aRun, put("a.txt"), put("dir/b"), put("dir/c"), del(`${root}/a.txt`), get(`${root}/a.txt`), del(`${root}/a.txt`), del(`${root}/dir`), get("artifacts/list", { run_id: "$run" }), del(`${root}/%2e%2e/x`)] },
  { name: "paths that lead out", calls: [...aRun, ...unsafe.flatMap((path) => [put(path), get(`${root}/${path}`)])] },
  { name: "uploads in parts", calls: [...aRun, mpu("create", { path: "w.bin", num_parts: 2 }), mpu("create", { num_parts: 2 }), mpu("create", { path: "w.bin", num_parts: "two" }), mpu("complete", { path: "w.bin", upload_id: "u" }), mpu("complete", { upload_id: "u" }), mpu("complete", { path: 1 }), mpu("abort", { path: "w.bin", upload_id: "u" }), mpu("abort", {}), mpu("abort", { path: 1 }), post(`${proxy}/mpu/create/..%2fx`, { path: "w.bin" })] },
  { name: "no address elsewhere", calls: [...aRun, get(`${proxy}/presigned/$exp/$run/artifacts/a.txt`), get(`${proxy}/presigned/$exp/$run/artifacts/dir/b`), get(`${proxy}/presigned/$exp/$run/artifacts/%2e%2e/x`), get("/ajax-api/2.0/mlflow-artifacts/presigned/$exp/$run/artifacts/a")] },
  {
    name: "no address to send to",
    calls: [...aRun, ...[{ run_id: "$run", path: "a" }, { run_id: "$run" }, { path: "a" }, { run_id: "$run", model_id: "m", path: "a" }, { run_id: "$run", path: "../a" }, { run_id: "0123456789abcdef0123456789abcdef", path: "a" }, { run_id: "$run", path: "a", expiration: "soon" }].map((body) => post("artifacts/presigned-upload-url", body)), post("artifacts/presigned-download-url", { run_id: "$run", path: "a" }), post("artifacts/presigned-download-url", { run_id: "$run", path: "a", expiration: 0 })],
  },
  { name: "by run", calls: [...aRun, put("a.txt"), put("dir/b"), ...[{ run_id: "$run", path: "a.txt" }, { run_uuid: "$run", path: "a.txt" }].map((query) => get("/get-artifact", query, { compareHeaders: sent })), ...["none", "../x", "dir"].map((path) => get("/get-artifact", { run_id: "$run", path })), { method: "HEAD", path: "/get-artifact", query: { run_id: "$run", path: "a.txt" }, compareHeaders: sent }] },
  { name: "sent by a page", calls: [...aRun, ...["?run_uuid=$run&path=a.txt", "?path=a.txt", "?run_uuid=$run", "?run_uuid=$run&path=../x", "?run_uuid=0123456789abcdef0123456789abcdef&path=x"].map((query): Call => ({ method: "POST", path: `/ajax-api/2.0/mlflow/upload-artifact${query}`, raw: "abc" })), { method: "POST", path: "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=$run&path=a.txt", raw: "" }, read("a.txt")] },
];
