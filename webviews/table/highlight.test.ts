import assert from "node:assert/strict";
import { test } from "node:test";
import { tint } from "./highlight.ts";

test("words, strings and numbers are told apart; numbers inside names are not", () => {
  assert.deepEqual(tint('metrics.val_f1 > .9 and params.model = "gbm').map(({ text, tone }) => `${tone}:${text}`), ["plain:metrics.val_f1 > ", "number:.9", "plain: ", "keyword:and", "plain: params.model = ", 'string:"gbm']);
});

test("the parts make up the text again", () => {
  const text = "not (start > '2026-11-19' or params.lr in (0.1, 1e-3))";
  assert.equal(tint(text).map((part) => part.text).join(""), text);
  for (const part of tint(text)) assert.equal(text.slice(part.offset, part.offset + part.text.length), part.text);
});
