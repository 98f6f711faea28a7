import assert from "node:assert/strict";
import { test } from "node:test";
import { doublingModel } from "../../test/fixtures/models/onnxModel.ts";
import { loadOnnxRuntime, loadTensorFlow } from "./runtimes.ts";

test("ONNX Runtime computes a model", async () => {
  const ort = await loadOnnxRuntime();
  const session = await ort.InferenceSession.create(doublingModel());
  const { y } = await session.run({ x: new ort.Tensor("float32", Float32Array.of(1, 2.5, -4), [3]) });
  assert.deepEqual(y?.data, Float32Array.of(2, 5, -8));
  await session.release();
});

test("TensorFlow.js computes a dense layer", async () => {
  const tf = await loadTensorFlow();
  const layer = tf.layers.dense({ units: 1, inputShape: [2], weights: [tf.tensor2d([[2], [3]]), tf.tensor1d([0.5])] });
  const answer = tf.sequential({ layers: [layer] }).predict(tf.tensor2d([[1, 10]]));
  assert.ok(!Array.isArray(answer));
  // 1 × 2 + 10 × 3 + 0.5
  assert.deepEqual(await answer.data(), Float32Array.of(32.5));
});
