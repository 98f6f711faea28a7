import { readFile, stat } from "node:fs/promises";
import { parse } from "yaml";
import { listText, type ModelFacts, tensorText } from "./facts.ts";

const LONGEST = 32 * 1024 * 1024;

type Fields = Readonly<Record<string, unknown>>;

async function readText(path: string): Promise<string | null> {
  return (await stat(path)).size > LONGEST ? null : await readFile(path, "utf8");
}

function fields(value: unknown): Fields | null {
  // SAFETY: an object that is no list; each field is looked at before it is used.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** TensorFlow.js `model.json`: kind, what generated it, number of weights and parameters, inputs and outputs where it names them. */
export async function readTfjs(path: string): Promise<ModelFacts | null> {
  const text = await readText(path);
  const model = text === null ? null : fields(JSON.parse(text));
  if (model === null || !Array.isArray(model["weightsManifest"])) return null;
  const weights = model["weightsManifest"].flatMap((group: unknown) => {
    const listed = fields(group)?.["weights"];
    return Array.isArray(listed) ? listed : [];
  });
  let parameters = 0;
  for (const weight of weights) {
    const shape = fields(weight)?.["shape"];
    if (Array.isArray(shape)) parameters += shape.reduce((product: number, size: unknown) => product * Number(size), 1);
  }
  const facts: Record<string, string> = { format: "tfjs", kind: String(model["format"] ?? "layers-model"), weights: String(weights.length), parameters: String(parameters) };
  const producer = model["generatedBy"] ?? model["convertedBy"];
  if (typeof producer === "string") facts["producer"] = producer;
  const signature = fields(model["signature"]);
  for (const side of ["inputs", "outputs"] as const) {
    const named = Object.entries(fields(signature?.[side]) ?? {});
    if (named.length > 0) facts[side] = listText(named.map(([name, tensor]) => tfTensor(name, fields(tensor))));
  }
  return facts;
}

function tfTensor(name: string, tensor: Fields | null): string {
  const dimensions = fields(tensor?.["tensorShape"])?.["dim"];
  const sizes = Array.isArray(dimensions) ? dimensions.map((dimension: unknown) => String(fields(dimension)?.["size"] ?? "?")) : [];
  return tensorText(name, String(tensor?.["dtype"] ?? "value").replace(/^DT_/, "").toLowerCase(), sizes.map((size) => (size === "-1" ? null : size)));
}

/** MLflow's `MLmodel`: flavors, versions, signature. */
export async function readMlmodel(path: string): Promise<ModelFacts | null> {
  const text = await readText(path);
  const model = text === null ? null : fields(parse(text, { logLevel: "error" }));
  const flavors = fields(model?.["flavors"]);
  if (model === null || flavors === null) return null;
  const facts: Record<string, string> = { format: "mlflow", flavors: Object.keys(flavors).join(", ") };
  for (const key of ["mlflow_version", "model_uuid", "model_id", "run_id", "utc_time_created", "model_size_bytes"]) {
    const value = model[key];
    if (typeof value === "string" || typeof value === "number") facts[key] = String(value);
  }
  const signature = fields(model["signature"]);
  for (const side of ["inputs", "outputs"] as const) {
    const listed = signature?.[side];
    if (typeof listed === "string") facts[side] = listText(mlflowColumns(listed));
  }
  return facts;
}

/** A side of a signature is JSON in the YAML: columns `{name, type}` or tensors `{type: "tensor", "tensor-spec": {dtype, shape}}`. */
function mlflowColumns(json: string): string[] {
  const listed: unknown = JSON.parse(json);
  if (!Array.isArray(listed)) return [];
  return listed.map((item: unknown) => {
    const column = fields(item);
    const name = typeof column?.["name"] === "string" ? column["name"] : "";
    const spec = fields(column?.["tensor-spec"]);
    if (spec === null) return `${name} ${String(column?.["type"] ?? "")}`.trim();
    const shape = Array.isArray(spec["shape"]) ? spec["shape"].map((size: unknown) => (size === -1 ? null : String(size))) : [];
    return tensorText(name, String(spec["dtype"]), shape).trim();
  });
}
