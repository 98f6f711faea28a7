/**
 * The life of an engine process, pure: it serves only while it holds the store's lock, leaves after a time without client and
 * live launch, and leaves when a newer client asks. `life/engine.ts` performs the effects.
 */
export type EngineState =
  | { readonly phase: "locking" }
  | { readonly phase: "opening" }
  | { readonly phase: "serving"; readonly clients: number; readonly launches: number; readonly idleSince: number | null }
  | { readonly phase: "draining" }
  | { readonly phase: "left" };

export type EngineEvent =
  | { readonly type: "lock"; readonly taken: boolean }
  | { readonly type: "opened"; readonly now: number }
  | { readonly type: "failed" }
  | { readonly type: "clients"; readonly count: number; readonly now: number }
  | { readonly type: "launches"; readonly count: number; readonly now: number }
  | { readonly type: "timer"; readonly now: number }
  | { readonly type: "drain" }
  /** What was under way is answered, and everything is written. */
  | { readonly type: "drained" };

export type EngineEffect =
  /** Open the store, bind the doors. */
  | "open"
  /** Tell the address. From now on clients find this engine. */
  | "announce"
  /** Say that another engine has the store, and end. */
  | "yield"
  /** Refuse new requests, answer those under way, write everything. */
  | "drain"
  /** Withdraw the address, close doors and store, release the lock, end. In this order. */
  | "leave"
  | { readonly wakeAfterMs: number };

export interface EnginePolicy {
  /** How long it stays without client and live launch; null for ever (`touchstone serve`). */
  readonly idleMs: number | null;
}

type Step = readonly [EngineState, readonly EngineEffect[]];

export const initialEngine: EngineState = { phase: "locking" };

export function stepEngine(state: EngineState, event: EngineEvent, policy: EnginePolicy): Step {
  switch (event.type) {
    case "lock":
      if (state.phase !== "locking") return [state, []];
      return event.taken ? [{ phase: "opening" }, ["open"]] : [{ phase: "left" }, ["yield"]];
    case "opened":
      if (state.phase !== "opening") return [state, []];
      return idle({ phase: "serving", clients: 0, launches: 0, idleSince: null }, event.now, policy, ["announce"]);
    case "failed":
      return state.phase === "left" ? [state, []] : [{ phase: "left" }, ["leave"]];
    case "clients":
      return state.phase === "serving" ? idle({ ...state, clients: event.count }, event.now, policy) : [state, []];
    case "launches":
      return state.phase === "serving" ? idle({ ...state, launches: event.count }, event.now, policy) : [state, []];
    case "timer":
      return state.phase === "serving" ? wake(state, event.now, policy) : [state, []];
    case "drain":
      return state.phase === "serving" ? [{ phase: "draining" }, ["drain"]] : [state, []];
    case "drained":
      return state.phase === "draining" ? [{ phase: "left" }, ["leave"]] : [state, []];
  }
}

type Serving = Extract<EngineState, { phase: "serving" }>;

/** Notes since when nobody needs the engine, and asks to be woken once that has lasted long enough. */
function idle(state: Serving, now: number, policy: EnginePolicy, effects: readonly EngineEffect[] = []): Step {
  if (state.clients > 0 || state.launches > 0) return [{ ...state, idleSince: null }, effects];
  if (state.idleSince !== null || policy.idleMs === null) return [state, effects];
  return [{ ...state, idleSince: now }, [...effects, { wakeAfterMs: policy.idleMs }]];
}

function wake(state: Serving, now: number, policy: EnginePolicy): Step {
  if (state.idleSince === null || policy.idleMs === null) return [state, []];
  // A clock that was set back makes the rest negative or huge; it never shortens the stay.
  const rest = state.idleSince + policy.idleMs - now;
  if (rest <= 0) return [{ phase: "draining" }, ["drain"]];
  return [state, [{ wakeAfterMs: Math.min(rest, policy.idleMs) }]];
}
