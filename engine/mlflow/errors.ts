import { TouchstoneError } from "../api/tokens.ts";
import { diskFull, isDiskFull } from "../platform/diskFull.ts";
import { hasCode } from "../artifacts/tree.ts";

/** MLflow's error codes with their HTTP status. A permanent failure is never 5xx: clients repeat those. */
const statuses = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  RESOURCE_DOES_NOT_EXIST: 404,
  NOT_FOUND: 404,
  ENDPOINT_NOT_FOUND: 404,
  // 500 at MLflow: its client would ask seven times more what will not change.
  INVALID_STATE: 400,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
} as const;

export type MlflowErrorCode = keyof typeof statuses;

/** An answer in MLflow's error form. */
export class MlflowError extends Error {
  readonly code: MlflowErrorCode;

  constructor(code: MlflowErrorCode, message: string) {
    super(message);
    this.name = "MlflowError";
    this.code = code;
  }

  get status(): (typeof statuses)[MlflowErrorCode] {
    return statuses[this.code];
  }

  get body(): { error_code: string; message: string } {
    return { error_code: this.code, message: this.message };
  }
}

export function invalid(message: string): MlflowError {
  return new MlflowError("INVALID_PARAMETER_VALUE", message);
}

export function missing(what: string): MlflowError {
  return new MlflowError("RESOURCE_DOES_NOT_EXIST", what);
}

/** The store's own codes as MLflow's. */
const translated: Readonly<Record<string, MlflowErrorCode>> = {
  RUN_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  EXPERIMENT_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  MODEL_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  TAG_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  TRACE_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  ASSESSMENT_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  REGISTERED_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  REGISTERED_EXISTS: "RESOURCE_ALREADY_EXISTS",
  VERSION_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  DATASET_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  JSON: "INVALID_PARAMETER_VALUE",
  ARTIFACT_MISSING: "RESOURCE_DOES_NOT_EXIST",
  BLOB_MISSING: "RESOURCE_DOES_NOT_EXIST",
  BLOB_CORRUPT: "BAD_REQUEST",
  LAUNCH_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  EXPERIMENT_EXISTS: "RESOURCE_ALREADY_EXISTS",
  RUN_DELETED: "INVALID_PARAMETER_VALUE",
  PARAM_CHANGED: "INVALID_PARAMETER_VALUE",
  INVALID_PATH: "INVALID_PARAMETER_VALUE",
  PATH_TAKEN: "INVALID_PARAMETER_VALUE",
  INVALID_PARTS: "INVALID_PARAMETER_VALUE",
  UPLOAD_NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
  EXPRESSION: "INVALID_PARAMETER_VALUE",
  STORE_READ_ONLY: "PERMISSION_DENIED",
  SERVERS_OWN: "PERMISSION_DENIED",
  STORE_NEWER: "PERMISSION_DENIED",
  // A restart or some free space helps, so the client may try again.
  STORE_FAILED: "TEMPORARILY_UNAVAILABLE",
  DISK_FULL: "TEMPORARILY_UNAVAILABLE",
};

/** Whatever a handler threw, as an answer. What nobody foresaw is an internal error without its details. */
export function toMlflowError(error: unknown): MlflowError {
  if (error instanceof MlflowError) return error;
  if (hasCode(error, "ENAMETOOLONG")) return invalid("Invalid path: it, or a name in it, is longer than the disk takes.");
  if (hasCode(error, "ENOTDIR")) return missing("No such artifact: a part of the path is a file.");
  if (isDiskFull(error)) return toMlflowError(diskFull());
  if (error instanceof TouchstoneError) {
    // MLflow's words, no more; a link that somebody planted is told whole.
    if (error.shape.code === "INVALID_PATH" && error.shape.file === undefined) return invalid("Invalid path");
    const hint = error.shape.hint === undefined ? "" : ` ${error.shape.hint}`;
    return new MlflowError(translated[error.shape.code] ?? "BAD_REQUEST", `${error.shape.message}${hint}`);
  }
  return new MlflowError("INTERNAL_ERROR", "Touchstone failed to answer this call; its log says more.");
}
