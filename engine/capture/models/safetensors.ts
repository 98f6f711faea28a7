import { open } from "node:fs/promises";
import type { ModelFacts } from "./facts.ts";

const LONGEST_HEADER = 64 * 1024 * 1024;

/** safetensors: number of tensors and parameters, element types, the writer's own metadata. The header is length (8 bytes, LE) and JSON. */
export async function readSafetensors(path: string): Promise<ModelFacts | null> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(8);
    if ((await handle.read(head, 0, 8, 0)).bytesRead < 8) return null;
    const length = head.readBigUInt64LE();
    if (length > BigInt(Math.min(LONGEST_HEADER, size - 8))) return null;
    const json = Buffer.alloc(Number(length));
    await handle.read(json, 0, json.length, 8);
    const parsed: unknown = JSON.parse(json.toString("utf8"));
    return typeof parsed === "object" && parsed !== null ? describe(Object.entries(parsed)) : null;
  } finally {
    await handle.close();
  }
}

function describe(entries: readonly (readonly [string, unknown])[]): ModelFacts | null {
  const facts: Record<string, string> = { format: "safetensors" };
  const types = new Set<string>();
  let tensors = 0;
  let parameters = 0;
  for (const [name, value] of entries) {
    if (typeof value !== "object" || value === null) return null;
    if (name === "__metadata__") {
      for (const [key, text] of Object.entries(value).slice(0, 64)) facts[`metadata.${key}`] = String(text).slice(0, 1000);
      continue;
    }
    if (!("dtype" in value) || !("shape" in value) || !Array.isArray(value.shape)) return null;
    tensors++;
    types.add(String(value.dtype));
    parameters += value.shape.reduce((product: number, size: unknown) => product * Number(size), 1);
  }
  return { ...facts, tensors: String(tensors), parameters: String(parameters), types: [...types].sort().join(", ") };
}
