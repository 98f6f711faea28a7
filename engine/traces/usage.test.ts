import assert from "node:assert/strict";
import { test } from "node:test";
import { metadataAsKept } from "./metadata.ts";
import { preview } from "./preview.ts";
import { type UsageNode, totalCost, totalTokens } from "./usage.ts";

const node = (spanId: string, parentId: string | null, data: Record<string, number> | null): UsageNode => ({ spanId, parentId, data });

test("a span with tokens speaks for all under it", () => {
  const nodes = [
    node("1", null, null),
    node("2", "1", { input_tokens: 10, output_tokens: 5, total_tokens: 15, cache_read_input_tokens: 2 }),
    node("3", "2", { input_tokens: 10, output_tokens: 5, total_tokens: 15 }),
    node("4", "gone", { input_tokens: 1 }),
  ];
  // aggregate_usage_from_span_nodes of MLflow 3.17.2.
  assert.deepEqual(totalTokens(nodes), { input_tokens: 11, output_tokens: 5, total_tokens: 15, cache_read_input_tokens: 2 });
  assert.equal(totalTokens([node("1", null, null)]), null);
  assert.deepEqual(totalCost([node("1", null, { input_cost: 0.5 })]), { input_cost: 0.5, output_cost: 0, total_cost: 0 });
});

test("spans that are each other's parents end", () => {
  assert.equal(totalTokens([node("1", "2", { input_tokens: 1 }), node("2", "1", { input_tokens: 1 }), node("3", "3", { input_tokens: 1 })]), null);
});

test("of tokens and cost only known numbers are kept, in their order", () => {
  const kept = (key: string, value: string) => metadataAsKept([{ key, value }]).map((pair) => pair.value);
  assert.deepEqual(kept("mlflow.trace.tokenUsage", '{"total_tokens": 3, "x": 1, "input_tokens": "2", "output_tokens": 1.0}'), ['{"input_tokens": 2, "output_tokens": 1, "total_tokens": 3}']);
  assert.deepEqual(kept("mlflow.trace.tokenUsage", '{"input_tokens": 1.5, "output_tokens": true}'), []);
  assert.deepEqual(kept("mlflow.trace.cost", '{"total_cost": 1, "input_cost": NaN}'), ['{"total_cost": 1.0}']);
  assert.deepEqual(kept("other", "{x"), ["{x"]);
});

test("a preview shows the last message of the asked role, else what there is", () => {
  // Values of _get_truncated_preview of MLflow 3.17.2.
  const chat = '{"messages":[{"role":"system","content":"s"},{"role":"user","content":"u1"},{"role":"assistant","content":"a"}]}';
  const given: [string, "user" | "assistant", string][] = [
    ['"in"', "user", '"in"'],
    [chat, "user", "u1"],
    ['{"choices":[{"message":{"role":"assistant","content":"c"}}]}', "assistant", "c"],
    ['{"input":[{"role":"user","content":[{"type":"text","text":"part"}]}]}', "user", "part"],
    ['{"request":{"input":[{"role":"user","content":"deep"}]}}', "user", "deep"],
    ['{"messages":[{"role":"tool","content":"t"}]}', "user", "t"],
    ['{"messages":[]}', "user", '{"messages":[]}'],
    ['{"messages":[{"x":1}]}', "user", '{"messages":[{"x":1}]}'],
    ["x".repeat(1001), "user", `${"x".repeat(997)}...`],
  ];
  for (const [json, role, shown] of given) assert.equal(preview(json, role), shown);
  assert.equal(preview(undefined, "user"), null);
});
