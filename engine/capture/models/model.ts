import { basename } from "node:path";
import { readMlmodel, readTfjs } from "./described.ts";
import { readOnnx } from "./onnx.ts";
import type { ModelFacts } from "./facts.ts";
import { readSafetensors } from "./safetensors.ts";

type Reader = (path: string) => Promise<ModelFacts | null>;

const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/\.onnx$/i, readOnnx],
  [/\.safetensors$/i, readSafetensors],
  [/^MLmodel$/, readMlmodel],
  [/(^|[-_.])model\.json$/i, readTfjs],
];

/**
 * Metadata from the header of a model file; weights are never read, nothing is ever executed. Null where the name is none of a model
 * or the content is not what the name says. `name` is the file's own unless it is given.
 */
export async function readModel(path: string, name = path): Promise<ModelFacts | null> {
  const reader = READERS.find(([pattern]) => pattern.test(basename(name)))?.[1];
  return reader === undefined ? null : await reader(path).catch(() => null);
}
