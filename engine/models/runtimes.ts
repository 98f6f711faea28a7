import { pathToFileURL } from "node:url";
import { TouchstoneError } from "../api/tokens.ts";
import { entryPath } from "../platform/entries.ts";

/** ONNX Runtime, loaded when the first model asks. @throws TouchstoneError `NO_RUNTIME` where this platform has no binary of it. */
export async function loadOnnxRuntime(): Promise<typeof import("onnxruntime-node")> {
  try {
    return await import("onnxruntime-node");
  } catch (error) {
    throw missing("ONNX Runtime", error);
  }
}

/** TensorFlow.js on the CPU, loaded when the first model asks. @throws TouchstoneError `NO_RUNTIME` where its file is missing. */
export async function loadTensorFlow(): Promise<typeof import("@tensorflow/tfjs")> {
  try {
    const { tensorflow }: typeof import("./tensorflow.ts") = await import(pathToFileURL(entryPath("tensorflow")).href);
    return tensorflow;
  } catch (error) {
    throw missing("TensorFlow.js", error);
  }
}

function missing(name: string, error: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "NO_RUNTIME",
    message: `${name} cannot be loaded on ${process.platform}-${process.arch}: ${error instanceof Error ? error.message : String(error)}`,
    hint: "Install the extension for this platform, or export the predictions and evaluate the file.",
  });
}
