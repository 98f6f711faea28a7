import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clientEnvironment, runScript } from "./client.fixture.ts";
import { type DoorFixture, openDoor } from "./server.fixture.ts";

let door: DoorFixture;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const human = ["HUMAN", "ann@example.com"];
const feedback = (name: string, value: unknown) => [name, "Feedback", value, ...human, `because ${name}`, { k: name }, true, false];

/** What a traced program reads back of what it logged, however its spans travelled. */
const expected = {
  spans: true,
  count: 4,
  differs: [],
  tree: [["answer", null, "CHAIN", "OK"], ["retrieve", "answer", "RETRIEVER", "OK"], ["breaks", "answer", "TOOL", "ERROR"], ["llm", "answer", "CHAT_MODEL", "OK"]],
  times: [true, true],
  state: ["OK", "ERROR"],
  previews: ['{"question": "why?", "style": "short"}', '{"answer": "42", "sources": 3, "style": "short", "pi": 3.0}'],
  tags: { team: "blue", later: "ja", gone: null, "mlflow.traceName": "answer" },
  metadata: { "mlflow.trace.session": "s-1", "mlflow.trace.user": "ann", "mlflow.sourceRun": "<run>" },
  run: "<run>",
  usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
  assessments: [
    feedback("bool", ["bool", true]),
    feedback("dict", { a: { b: [["bool", true]] } }),
    ["failed", "Feedback", ["NoneType", null], "CODE", "default", null, null, true, false],
    feedback("float", ["float", 0.5]),
    ["limit", "Expectation", ["float", 2], ...human, null, { why: "more" }, null, false],
    feedback("list", [["float", 1.5], ["str", "a"], ["NoneType", null]]),
    ["quality", "Feedback", ["str", "bad"], ...human, null, null, false, false],
    ["quality", "Feedback", ["str", "good"], ...human, "looked again", null, true, true],
    feedback("text", ["str", "ü"]),
    ["want", "Expectation", { facts: [["str", "a"], ["int", 1], ["float", 2.5]] }, ...human, null, null, null, false],
  ],
  error: [{ error_code: "LIMIT", error_message: "too much", stack_trace: "at x" }],
  exception: [{ "exception.message": "böse", "exception.type": "ValueError" }],
  order: [["answer", "breaks"], ["breaks", "answer"], ["breaks"]],
  searched: [1, 4],
  frame: [2, ["ERROR", "OK"]],
  deleted: 1,
  left: ["answer"],
  missing: "RESOURCE_DOES_NOT_EXIST",
};
const found = (mode: string) => ({
  "status = 'OK'": ["answer"],
  "status = 'ERROR'": ["breaks"],
  "run_id = '<run>'": ["breaks", "answer"],
  "name = 'answer'": ["answer"],
  "tag.team = 'blue'": ["answer"],
  "metadata.`mlflow.trace.session` = 's-1'": ["answer"],
  [`client_request_id = 'c-${mode}'`]: ["answer"],
  "feedback.quality = 'good'": ["answer"],
  "feedback.quality = 'bad'": [],
  "feedback.float > 0.4": ["answer"],
  "expectation.limit = '2'": [],
  "timestamp_ms > 0": ["breaks", "answer"],
  "execution_time_ms < 0": [],
  "name RLIKE '^ans'": ["answer"],
  "name ILIKE 'BRE%'": ["breaks"],
});

test("a traced program's spans as JSON among the artifacts, as clients and servers before 3.4 have it: read back by value", async () => {
  const { code, output, result } = await runScript(clientEnvironment(door.uri, door.storeToken), "tracing.py", "json");
  assert.equal(code, 0, output);
  assert.deepEqual(result, { ...expected, client: "c-json", found: found("json") });
});
