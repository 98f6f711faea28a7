import { compareVersions, type Version } from "./version.ts";

/**
 * How a client finds, starts, upgrades and regains the engine of a store: pure, so that the model test drives it through
 * thousands of histories. `connect.ts` performs the effects and feeds back what happened.
 */
export type ClientState =
  | { readonly phase: "seeking"; readonly since: number }
  | { readonly phase: "starting"; readonly since: number }
  | { readonly phase: "draining"; readonly since: number }
  | { readonly phase: "resting"; readonly since: number }
  | { readonly phase: "connected" }
  | { readonly phase: "failed"; readonly reason: FailReason; readonly message: string }
  | { readonly phase: "disposed" };

export type FailReason = "newerEngine" | "silent" | "cannotStart" | "refused";

export type ClientEvent =
  /** The first look, and any later one that a person asks for. */
  | { readonly type: "begin"; readonly now: number }
  /** An engine answered the greeting. */
  | { readonly type: "greeted"; readonly engine: Version; readonly draining: boolean; readonly now: number }
  /** No address, nobody behind it, or no answer. */
  | { readonly type: "notFound"; readonly now: number }
  /** Somebody answered whom this client cannot talk to. */
  | { readonly type: "rejected"; readonly message: string }
  /** The process that was started serves, found the lock taken, or ended with a message. */
  | { readonly type: "started"; readonly result: "ready" | "taken"; readonly now: number }
  | { readonly type: "startFailed"; readonly message: string }
  /** The connection is gone. `handover`: the engine said that it leaves for a newer one. */
  | { readonly type: "closed"; readonly handover: boolean; readonly now: number }
  | { readonly type: "rested"; readonly now: number }
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
  /** How long an engine that holds the lock may stay silent. */
  readonly patienceMs: number;
}

const SHORT_REST_MS = 25;
/** Gives the newer client, who asked for the handover, the time to start its engine first. */
const HANDOVER_REST_MS = 1500;

type Step = readonly [ClientState, readonly ClientEffect[]];

export const initialClient: ClientState = { phase: "resting", since: 0 };

export function stepClient(state: ClientState, event: ClientEvent, policy: ClientPolicy): Step {
  if (state.phase === "disposed") return [state, event.type === "greeted" ? [{ type: "close" }] : []];
  if (event.type === "dispose") return [{ phase: "disposed" }, [{ type: "close" }]];
  switch (event.type) {
    case "begin":
      return state.phase === "resting" || state.phase === "failed" ? seek(event.now) : [state, []];
    case "greeted":
      return state.phase === "seeking" ? greeted(state, event, policy) : [state, []];
    case "notFound":
      if (state.phase !== "seeking") return [state, []];
      if (event.now - state.since > policy.patienceMs) return fail("silent", "An engine holds this store but does not answer.");
      return [{ phase: "starting", since: state.since }, [{ type: "start" }]];
    case "rejected":
      return state.phase === "seeking" ? fail("refused", event.message) : [state, []];
    case "started":
      if (state.phase !== "starting") return [state, []];
      if (event.result === "ready") return seek(event.now);
      // Another client was faster, or an engine is about to leave: look again for as long as patience lasts.
      return [{ phase: "resting", since: state.since }, [{ type: "rest", ms: SHORT_REST_MS }]];
    case "startFailed":
      return state.phase === "starting" ? fail("cannotStart", event.message) : [state, []];
    case "closed":
      if (state.phase === "draining") return [{ phase: "resting", since: event.now }, [{ type: "rest", ms: SHORT_REST_MS }]];
      if (state.phase !== "connected") return [state, []];
      return [{ phase: "resting", since: event.now }, [{ type: "rest", ms: event.handover && !policy.upgrades ? HANDOVER_REST_MS : SHORT_REST_MS }]];
    case "rested":
      return state.phase === "resting" ? [{ phase: "seeking", since: state.since }, [{ type: "seek" }]] : [state, []];
  }
}

function greeted(state: { readonly since: number }, event: { readonly engine: Version; readonly draining: boolean; readonly now: number }, policy: ClientPolicy): Step {
  if (event.engine.protocol > policy.own.protocol && policy.upgrades) {
    return fail("newerEngine", `The engine of this store is version ${event.engine.version}, newer than this extension (${policy.own.version}). Reload the window after updating the extension.`, true);
  }
  if (event.draining) return [{ phase: "draining", since: state.since }, []];
  if (policy.upgrades && compareVersions(event.engine, policy.own) < 0) return [{ phase: "draining", since: event.now }, [{ type: "askToDrain" }]];
  return [{ phase: "connected" }, []];
}

function seek(now: number): Step {
  return [{ phase: "seeking", since: now }, [{ type: "seek" }]];
}

function fail(reason: FailReason, message: string, close = false): Step {
  return [{ phase: "failed", reason, message }, close ? [{ type: "close" }] : []];
}
