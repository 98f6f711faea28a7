import { ErrorCodes, ResponseError } from "vscode-jsonrpc/node";
import { TouchstoneError, type ErrorShape } from "../api/tokens.ts";
import { diskFull, isDiskFull } from "../platform/diskFull.ts";

/** JSON-RPC's number for any failure of ours; the shape says which. */
const FAILED = -32000;
/** The library's answer to a request that was cancelled before it was looked at (LSP's number). */
const REQUEST_CANCELLED = -32800;

/** What the connection itself rejects with when the other side is gone: before, while or after a request was written. */
const lost: readonly number[] = [ErrorCodes.PendingResponseRejected, ErrorCodes.ConnectionInactive, ErrorCodes.MessageWriteError, ErrorCodes.MessageReadError];

/** What a person reads of any thrown value. Programming errors carry code `INTERNAL`. */
export function toShape(error: unknown): ErrorShape {
  if (error instanceof TouchstoneError) return error.shape;
  // SAFETY: only read as unknown values below.
  const fields = (typeof error === "object" && error !== null ? error : {}) as { code?: unknown; path?: unknown };
  if (isDiskFull(error)) return diskFull(typeof fields.path === "string" ? fields.path : undefined).shape;
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: typeof fields.code === "string" ? fields.code : "INTERNAL",
    message,
    ...(typeof fields.path === "string" ? { file: fields.path } : {}),
  };
}

export function toResponseError(error: unknown): ResponseError<ErrorShape> {
  const shape = toShape(error);
  return new ResponseError(FAILED, shape.message, shape);
}

/** The error that the client's caller sees for anything that a connection rejects with. */
export function fromResponseError(error: unknown, method: string): TouchstoneError {
  if (error instanceof TouchstoneError) return error;
  if (error instanceof ResponseError) {
    if (isShape(error.data)) return new TouchstoneError(error.data);
    if (lost.includes(error.code)) return gone();
    if (error.code === ErrorCodes.MethodNotFound) return unknownRequest(method);
    if (error.code === ErrorCodes.PendingResponseRejected) return gone();
    if (error.code === REQUEST_CANCELLED) return cancelled();
    return new TouchstoneError({ code: "INTERNAL", message: error.message });
  }
  return gone();
}

/** The engine went away under a request; whether it took effect is not known. */
export function gone(): TouchstoneError {
  return new TouchstoneError({ code: "ENGINE_GONE", message: "The engine went away before it answered.", hint: "It is started again; try once more." });
}

export function unknownRequest(method: string): TouchstoneError {
  return new TouchstoneError({ code: "UNKNOWN_REQUEST", message: `This engine does not know the request ${method}.`, hint: "Restart the engine so that it has the extension's version." });
}

export function cancelled(): TouchstoneError {
  return new TouchstoneError({ code: "CANCELLED", message: "The request was cancelled." });
}

function isShape(data: unknown): data is ErrorShape {
  return typeof data === "object" && data !== null && "code" in data && typeof data.code === "string" && "message" in data && typeof data.message === "string";
}
