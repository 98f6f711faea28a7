import { compareVersions, type Version } from "./version.ts";

/**
 * How a client finds, starts, upgrades and regains the engine of a store: pure, so that the model test drives it through
 * thousands of histories. `connect.ts` performs the effects and feeds back what happened.
 */
export type ClientState =
  | ({ readonly phase: "seeking" | "starting" | "draining" | "resting" } & Counts)
  | { readonly phase: "connected" }
  | { readonly phase: "failed"; readonly reason: FailReason; readonly message: string }
  | { readonly phase: "disposed" };

/** Counted, not timed, because a clock may jump. */
interface Counts {
  /** How often in a row an engine held the lock without answering. */
  readonly tries: number;
  /** How often in a row an older engine was asked to drain. */
  readonly asks: number;
  /** How often in a row an engine that was started ended without a word (killed, out of memory). */
  readonly deaths: number;
}

export type FailReason = "newerEngine" | "olderEngine" | "silent" | "cannotStart" | "refused";

export type ClientEvent =
  /** The first look, and any later one that a person asks for. */
  | { readonly type: "begin" }
  /** An engine answered the greeting. */
  | { readonly type: "greeted"; readonly engine: Version; readonly draining: boolean }
  /** No address, nobody behind it, or no answer. */
  | { readonly type: "notFound" }
  /** Somebody answered whom this client cannot talk to. */
  | { readonly type: "rejected"; readonly message: string }
  /** The process that was started serves, found the lock taken, ended without a word, or with a message. */
  | { readonly type: "started"; readonly result: "ready" | "taken" | "died" }
  | { readonly type: "startFailed"; readonly message: string }
  /** The connection is gone. `handover`: the engine said that it leaves for a newer one. */
  | { readonly type: "closed"; readonly handover: boolean }
  | { readonly type: "rested" }
  | { readonly type: "dispose" };

export type ClientEffect =
  | { readonly type: "seek" }
  | { readonly type: "start" }
  | { readonly type: "askToDrain" }
  | { readonly type: "rest"; readonly ms: number }
  | { readonly type: "close" };

export interface ClientPolicy {
  readonly own: Version;
  /** A runner uses any engine it finds; windows and the CLI replace an older one. */
  readonly upgrades: boolean;
  /** How often an engine that holds the lock may be found silent. */
  readonly patience: number;
}

/** An engine that is older after so many handovers is all that this installation can start. */
const MAX_ASKS = 20;
const MAX_DEATHS = 4;
const SHORT_REST_MS = 25;
const LONGEST_REST_MS = 1600;
/** Gives the client that asked for the handover the time to start its engine first. */
const HANDOVER_REST_MS = 1500;

type Step = readonly [ClientState, readonly ClientEffect[]];

const AFRESH: Counts = { tries: 0, asks: 0, deaths: 0 };

export const initialClient: ClientState = { phase: "resting", tries: 0, asks: 0, deaths: 0 };

export function stepClient(state: ClientState, event: ClientEvent, policy: ClientPolicy): Step {
  if (state.phase === "disposed") return [state, event.type === "greeted" ? [{ type: "close" }] : []];
  if (event.type === "dispose") return [{ phase: "disposed" }, [{ type: "close" }]];
  switch (event.type) {
    case "begin":
      return state.phase === "resting" || state.phase === "failed" ? seek(AFRESH) : [state, []];
    case "greeted":
      return state.phase === "seeking" ? greeted(state, event, policy) : [state, []];
    case "notFound":
      if (state.phase !== "seeking") return [state, []];
      if (state.tries >= policy.patience) return fail("silent", "An engine holds this store but does not answer.");
      return [{ ...state, phase: "starting" }, [{ type: "start" }]];
    case "rejected":
      return state.phase === "seeking" ? fail("refused", event.message) : [state, []];
    case "started":
      if (state.phase !== "starting") return [state, []];
      return started(state, event.result);
    case "startFailed":
      return state.phase === "starting" ? fail("cannotStart", event.message) : [state, []];
    case "closed":
      if (state.phase === "draining") return rest({ ...AFRESH, asks: state.asks }, SHORT_REST_MS);
      if (state.phase !== "connected") return [state, []];
      return rest(AFRESH, event.handover ? HANDOVER_REST_MS : SHORT_REST_MS);
    case "rested":
      return state.phase === "resting" ? seek(state) : [state, []];
  }
}

function started(state: Counts, result: "ready" | "taken" | "died"): Step {
  const { tries, asks, deaths } = state;
  if (result === "ready") return seek({ tries: 0, asks, deaths });
  if (result === "died" && deaths >= MAX_DEATHS) return fail("cannotStart", "The engine ends again and again while it starts; its log says why.");
  const ms = Math.min(LONGEST_REST_MS, SHORT_REST_MS * 2 ** (tries + deaths));
  // Else another client was faster, or an engine is about to leave: look again for as long as patience lasts.
  return result === "died" ? rest({ tries, asks, deaths: deaths + 1 }, ms) : rest({ tries: tries + 1, asks, deaths }, ms);
}

function greeted(state: Counts, event: { readonly engine: Version; readonly draining: boolean }, policy: ClientPolicy): Step {
  const { engine, draining } = event;
  if (engine.protocol > policy.own.protocol && policy.upgrades) {
    return fail("newerEngine", `The engine of this store is version ${engine.version}, newer than this extension (${policy.own.version}). Reload the window after updating the extension.`, true);
  }
  if (draining) return [{ phase: "draining", ...AFRESH, asks: state.asks }, []];
  if (!policy.upgrades || compareVersions(engine, policy.own) >= 0) return [{ phase: "connected" }, []];
  if (state.asks < MAX_ASKS) return [{ phase: "draining", ...AFRESH, asks: state.asks + 1 }, [{ type: "askToDrain" }]];
  if (engine.protocol === policy.own.protocol) return [{ phase: "connected" }, []];
  return fail("olderEngine", `The engine of this store stays at version ${engine.version}, older than this extension (${policy.own.version}). Close other windows on this folder and restart the engine.`, true);
}

function seek({ tries, asks, deaths }: Counts): Step {
  return [{ phase: "seeking", tries, asks, deaths }, [{ type: "seek" }]];
}

function rest({ tries, asks, deaths }: Counts, ms: number): Step {
  return [{ phase: "resting", tries, asks, deaths }, [{ type: "rest", ms }]];
}

function fail(reason: FailReason, message: string, close = false): Step {
  return [{ phase: "failed", reason, message }, close ? [{ type: "close" }] : []];
}
