import { test } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Check } from "typebox/value";
import { labelsAgreementAnswer, labelsExportAnswer, labelsStatusAnswer } from "../api/cliLabeling.ts";
import { answer, reviewSet } from "./testSet.ts";

const cli = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

test("labels status, agreement and export print what their schemas say", async (t) => {
  const { folder, sets, positive, negative } = await reviewSet(t, 6);
  const run = (...args: readonly string[]): Promise<{ code: number; json: { [key: string]: unknown } }> =>
    new Promise((resolve, reject) => {
      const env = { ...process.env, TOUCHSTONE_RUNTIME_DIR: folder, TOUCHSTONE_IDLE_MS: "60000" };
      const child = execFile(process.execPath, [cli, ...args, "--json"], { cwd: folder, env }, (error, stdout, stderr) => {
        if (stdout === "") reject(new Error(`touchstone ${args.join(" ")} printed nothing: ${stderr}`));
        else resolve({ code: typeof error?.code === "number" ? error.code : 0, json: JSON.parse(stdout) });
      });
      child.stdin?.end();
    });
  try {
    for (const [by, answers] of [["jo", [positive, negative, negative]], ["mei", [positive, positive, negative, negative]]] as const) {
      await sets.annotator.set(by);
      const set = await sets.open("reviews");
      for (const [row, chosen] of answers.entries()) await set.vote(answer(`r:00${row + 1}`, chosen));
    }

    const status = await run("labels", "status");
    assert.ok(Check(labelsStatusAnswer, status.json));
    assert.deepEqual(status.json, {
      schemaVersion: 1,
      sets: [
        {
          set: "reviews",
          name: "reviews",
          items: 6,
          answered: 4,
          conflicts: 1,
          classes: [{ id: positive, name: "positive", votes: 3 }, { id: negative, name: "negative", votes: 4 }],
          annotators: [{ annotator: "jo", labelled: 3, outOfScope: 0, unsure: 0, skipped: 0 }, { annotator: "mei", labelled: 4, outOfScope: 0, unsure: 0, skipped: 0 }],
          problems: [],
        },
      ],
    });

    const agreement = await run("labels", "agreement", "reviews");
    assert.ok(Check(labelsAgreementAnswer, agreement.json));
    const { alpha, percent } = agreement.json;
    // Three items, six values (3 and 3), one disagreement: α = 1 − 5·2/(2·3·3)
    assert.deepEqual([Object(alpha).value.toFixed(12), Object(alpha).n, Object(percent).value.toFixed(12)], [(1 - 10 / 18).toFixed(12), 3, (2 / 3).toFixed(12)]);

    const exported = await run("labels", "export", "reviews", "--out", "out/votes.jsonl", "--votes");
    assert.ok(Check(labelsExportAnswer, exported.json));
    assert.deepEqual([exported.json["rows"], exported.json["format"]], [7, "jsonl"]);
    assert.equal(readFileSync(join(folder, "out/votes.jsonl"), "utf8").trim().split("\n").length, 7);

    const absent = await run("labels", "agreement", "absent");
    assert.deepEqual([absent.code, Object(absent.json["error"]).code, Object(absent.json["error"]).file], [2, "LABEL_SET", "labels/absent/labels.yaml"]);
  } finally {
    // Here, because the folder goes with the test's first cleanup.
    await run("stop");
  }
});
