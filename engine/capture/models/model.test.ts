import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testFolder } from "../../../test/fixtures/python.ts";
import { readModel } from "./model.ts";

const bytes = (...parts: (number | Uint8Array | string)[]): Buffer => Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part))));
function varint(value: number): Buffer {
  const out: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Buffer.from([...out, value]);
}
const number = (field: number, value: number): Buffer => bytes(varint(field * 8), varint(value));
const inner = (field: number, ...content: (Uint8Array | string)[]): Buffer => {
  const all = bytes(...content);
  return bytes(varint(field * 8 + 2), varint(all.length), all);
};
/** ValueInfoProto with a float tensor; a text is a symbolic dimension. */
const value = (name: string, ...shape: (string | number)[]): Buffer =>
  bytes(inner(1, name), inner(2, inner(1, number(1, 1), inner(2, ...shape.map((size) => inner(1, typeof size === "number" ? number(1, size) : inner(2, size)))))));

/** As PyTorch writes it: the operator sets behind the graph; a constant that is also listed as an input. */
const onnx = bytes(
  number(1, 8),
  inner(2, "pytorch"),
  inner(3, "2.4.0"),
  inner(7, inner(1, inner(4, "Gemm")), inner(1, inner(4, "Relu")), inner(2, "main"), inner(5, number(1, 2), number(2, 1), inner(8, "w"), inner(9, Buffer.alloc(300_000))), inner(11, value("x", "batch", 3, 224)), inner(11, value("w", 2)), inner(12, value("y", "batch", 10))),
  inner(8, inner(1, ""), number(2, 17)),
  inner(14, inner(1, "author"), inner(2, "Ada")),
);

test("ONNX: producer, operator set, inputs without constants, outputs, metadata", async () => {
  const { path, dispose } = testFolder({ "m.onnx": onnx });
  try {
    assert.deepEqual(await readModel(join(path, "m.onnx")), { format: "onnx", ir: "8", producer: "pytorch 2.4.0", opset: "ai.onnx 17", "metadata.author": "Ada", nodes: "2", graph: "main", inputs: "x float32[batch,3,224]", outputs: "y float32[batch,10]" });
  } finally {
    dispose();
  }
});

test("safetensors, TensorFlow.js, MLmodel", async () => {
  const header = Buffer.from(JSON.stringify({ __metadata__: { format: "pt" }, a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] }, b: { dtype: "F16", shape: [], data_offsets: [24, 26] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const mlmodel = 'flavors:\n  python_function:\n    env: x\n  sklearn:\n    pickled_model: model.pkl\nmlflow_version: 3.17.2\nmodel_uuid: abc\nsignature:\n  inputs: \'[{"type": "double", "name": "age"}, {"type": "long"}]\'\n  outputs: \'[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]\'\n';
  const tfjs = JSON.stringify({ format: "graph-model", generatedBy: "2.15.0", weightsManifest: [{ paths: ["a.bin"], weights: [{ name: "k", shape: [3, 4], dtype: "float32" }] }], signature: { inputs: { x: { dtype: "DT_FLOAT", tensorShape: { dim: [{ size: "-1" }, { size: "4" }] } } } } });
  const { path, dispose } = testFolder({ "m.safetensors": Buffer.concat([length, header, Buffer.alloc(26)]), MLmodel: mlmodel, "model.json": tfjs });
  try {
    assert.deepEqual(await readModel(join(path, "m.safetensors")), { format: "safetensors", "metadata.format": "pt", tensors: "2", parameters: "7", types: "F16, F32" });
    assert.deepEqual(await readModel(join(path, "MLmodel")), { format: "mlflow", flavors: "python_function, sklearn", mlflow_version: "3.17.2", model_uuid: "abc", inputs: "age double, long", outputs: "int64[?]" });
    assert.deepEqual(await readModel(join(path, "model.json")), { format: "tfjs", kind: "graph-model", weights: "1", parameters: "12", producer: "2.15.0", inputs: "x float[?,4]" });
  } finally {
    dispose();
  }
});

test("garbage under a model's name is no model, and never more", async () => {
  const { path, dispose } = testFolder({ "m.onnx": onnx, "train.py": "1" });
  try {
    assert.equal(await readModel(join(path, "train.py")), null);
    assert.equal(await readModel(join(path, "gone.onnx")), null);
    let seed = 11;
    const next = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648);
    const whole = readFileSync(join(path, "m.onnx"));
    for (let round = 0; round < 150; round++) {
      const broken = Buffer.from(whole.subarray(0, round % 3 === 0 ? next() % whole.length : whole.length));
      for (let change = 0; change < 4 && broken.length > 0; change++) broken[next() % Math.min(200, broken.length)] = next() % 256;
      for (const name of ["m.onnx", "m.safetensors", "model.json", "MLmodel"]) {
        writeFileSync(join(path, name), broken);
        await assert.doesNotReject(readModel(join(path, name)));
      }
    }
  } finally {
    dispose();
  }
});
