import type { TokenOwner } from "../life/tokens.ts";
import { MlflowError } from "./errors.ts";

/** What the checks look at. */
export interface GuardedRequest {
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`: what a browser says of who asked, also where it sends no `Origin` (a picture, a script, a link). */
  readonly site: string;
  readonly authorization: string | undefined;
}

export interface GuardOptions {
  verifyToken(token: string): TokenOwner | null;
  /** False (`serve --no-token`): a call without a token counts as the store's. */
  readonly requireToken: boolean;
}

/** These say nothing of the store. */
const open = new Set(["/", "/health", "/version"]);

/**
 * Who calls. A page in a browser must not reach the store: its `Host` shows a rebound name, its `Origin` a foreign site,
 * and no answer allows another origin to read it. Throws 401 or 403 in MLflow's form.
 */
export function guard(request: GuardedRequest, options: GuardOptions): TokenOwner {
  const store: TokenOwner = { kind: "store" };
  if (open.has(request.path)) return store;
  if (!isLoopback(hostName(request.host ?? ""))) {
    throw new MlflowError("PERMISSION_DENIED", "Invalid Host header: Touchstone answers on this computer's own address only.");
  }
  if ((request.origin !== undefined && !isLoopbackOrigin(request.origin)) || request.site === "cross-site") {
    throw new MlflowError("PERMISSION_DENIED", "Cross-origin request blocked.");
  }
  const token = tokenOf(request.authorization);
  const owner = token === null ? null : options.verifyToken(token);
  if (owner) return owner;
  if (!options.requireToken && token === null) return store;
  throw new MlflowError(
    "UNAUTHENTICATED",
    "This Touchstone store needs a token. Run & track and the editor's terminals set MLFLOW_TRACKING_TOKEN; elsewhere `touchstone serve` prints address and token.",
  );
}

/** Bearer, or the password of Basic: the client sends Basic where both are set. */
function tokenOf(header: string | undefined): string | null {
  const [, scheme, value] = /^(\w+) +(\S+)$/.exec(header ?? "") ?? [];
  if (scheme === undefined || value === undefined) return null;
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return null;
  const text = Buffer.from(value, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? null : text.slice(colon + 1);
}

function hostName(host: string): string {
  return host.startsWith("[") ? host.slice(0, host.indexOf("]") + 1) : (host.split(":", 1)[0] ?? "");
}

function isLoopback(name: string): boolean {
  return name === "localhost" || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name);
}

function isLoopbackOrigin(origin: string): boolean {
  const host = URL.parse(origin)?.hostname;
  return host !== undefined && isLoopback(host);
}
