import assert from "node:assert/strict";
import { test } from "node:test";
import { javaEnvironment, launchEnvironment } from "./environment.ts";
import { launchFiles } from "./files.ts";

test("a run that is started from within an offline run has an engine, and does not take itself for one without", () => {
  const http = { uri: "http://127.0.0.1:9", port: 9, requireToken: true, serve: () => undefined };
  const env = launchEnvironment(
    { http, secret: Buffer.alloc(32), folder: "/f" },
    { launchId: "l", runId: "r", files: launchFiles("/f", "l") },
    { TOUCHSTONE_OFFLINE: "1", TOUCHSTONE_MAIN: "77", TOUCHSTONE_RUN: "old", TOUCHSTONE_PTY: "0", HOME: "/h" },
  );
  assert.deepEqual([env["TOUCHSTONE_OFFLINE"], env["TOUCHSTONE_MAIN"], env["TOUCHSTONE_RUN"], env["TOUCHSTONE_PTY"], env["HOME"]], [undefined, undefined, "r", "0", "/h"]);
});

test("a program of the JVM finds user and password in the address, where MLflow's client for Java looks for them", () => {
  const env = { MLFLOW_TRACKING_URI: "http://127.0.0.1:9", MLFLOW_TRACKING_USERNAME: "touchstone", MLFLOW_TRACKING_PASSWORD: "l1.ab12", HOME: "/h" };
  assert.deepEqual(javaEnvironment(env), { ...env, MLFLOW_TRACKING_URI: "http://touchstone:l1.ab12@127.0.0.1:9" });
});
