import { initialClient, stepClient, type ClientEffect, type ClientEvent, type ClientPolicy, type ClientState } from "./clientMachine.ts";
import { initialEngine, stepEngine, type EngineEffect, type EngineEvent, type EngineState } from "./engineMachine.ts";
import type { Version } from "./version.ts";

export const IDLE_MS = 600_000;
const PATIENCE = 40;

export interface WorldEngine {
  readonly id: number;
  readonly version: Version;
  alive: boolean;
  state: EngineState;
  readonly clients: Set<WorldClient>;
  launches: number;
  /** Since when it had neither client nor launch; null while it has one. */
  lonelySince: number | null;
  /** Tells the client that started it how that went. */
  report: ((result: "ready" | "taken" | "died") => void) | null;
  /** How long nobody had needed it when it decided to leave for idleness; null while it has not. */
  idleAtLeave: number | null;
}

export interface WorldClient {
  readonly id: number;
  readonly policy: ClientPolicy;
  alive: boolean;
  state: ClientState;
  engine: WorldEngine | null;
}

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/**
 * A store's surroundings without processes: a lock that dies with its holder, the address in the private folder, messages that
 * arrive in any order. The real state machines live in it.
 */
export class World {
  now = 0;
  readonly engines: WorldEngine[] = [];
  readonly clients: WorldClient[] = [];
  lock: WorldEngine | null = null;
  /** engine.json of the private folder; stays behind when its engine is killed. */
  address: WorldEngine | null = null;
  readonly #random: () => number;
  #tasks: Task[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  addClient(own: Version, upgrades: boolean): void {
    const client: WorldClient = { id: this.clients.length, policy: { own, upgrades, patience: PATIENCE }, alive: true, state: initialClient, engine: null };
    this.clients.push(client);
    this.feedClient(client, { type: "begin" });
  }

  killClient(client: WorldClient): void {
    client.alive = false;
    this.#disconnect(client);
  }

  disposeClient(client: WorldClient): void {
    this.feedClient(client, { type: "dispose" });
    client.alive = false;
  }

  killEngine(engine: WorldEngine): void {
    engine.alive = false;
    if (this.lock === engine) this.lock = null;
    for (const client of [...engine.clients]) this.#disconnect(client);
    engine.report?.("died");
    engine.report = null;
  }

  setLaunches(engine: WorldEngine, count: number): void {
    engine.launches = count;
    this.#note(engine);
    this.feedEngine(engine, { type: "launches", count, now: this.now });
  }

  /** Runs one thing that is due, any of them; else lets the clock run to the next. False when nothing is left. */
  step(untilTime = Number.POSITIVE_INFINITY): boolean {
    const due = this.#tasks.filter((task) => task.at <= this.now);
    if (due.length === 0) {
      const next = Math.min(...this.#tasks.map((task) => task.at));
      if (!(next <= untilTime)) return false;
      this.now = next;
      return true;
    }
    const task = due[Math.floor(this.#random() * due.length)];
    if (task === undefined) return false;
    this.#tasks = this.#tasks.filter((other) => other !== task);
    task.run();
    return true;
  }

  feedClient(client: WorldClient, event: ClientEvent): void {
    if (!client.alive) return;
    const [state, effects] = stepClient(client.state, event, client.policy);
    client.state = state;
    for (const effect of effects) this.#clientEffect(client, effect);
  }

  feedEngine(engine: WorldEngine, event: EngineEvent): void {
    if (!engine.alive) return;
    const [state, effects] = stepEngine(engine.state, event, { idleMs: IDLE_MS });
    if (event.type === "timer" && engine.state.phase === "serving" && state.phase === "draining") engine.idleAtLeave = engine.lonelySince === null ? 0 : this.now - engine.lonelySince;
    engine.state = state;
    for (const effect of effects) this.#engineEffect(engine, effect);
  }

  #clientEffect(client: WorldClient, effect: ClientEffect): void {
    switch (effect.type) {
      case "seek":
        this.#soon(() => this.#seek(client));
        return;
      case "start":
        this.#soon(() => this.#start(client));
        return;
      case "askToDrain": {
        const { engine } = client;
        if (engine !== null) this.#soon(() => this.feedEngine(engine, { type: "drain" }));
        return;
      }
      case "rest":
        this.#at(this.now + effect.ms, () => this.feedClient(client, { type: "rested" }));
        return;
      case "close":
        this.#leave(client);
    }
  }

  #seek(client: WorldClient): void {
    if (!client.alive) return;
    const engine = this.address;
    const listens = engine !== null && engine.alive && (engine.state.phase === "serving" || engine.state.phase === "draining");
    if (!listens) return this.feedClient(client, { type: "notFound" });
    client.engine = engine;
    engine.clients.add(client);
    this.#count(engine);
    this.feedClient(client, { type: "greeted", engine: engine.version, draining: engine.state.phase !== "serving" });
  }

  #start(client: WorldClient): void {
    if (!client.alive) return;
    const engine: WorldEngine = { id: this.engines.length, version: client.policy.own, alive: true, state: initialEngine, clients: new Set(), launches: 0, lonelySince: null, report: null, idleAtLeave: null };
    engine.report = (result) => this.#soon(() => this.feedClient(client, { type: "started", result }));
    this.engines.push(engine);
    this.#soon(() => {
      if (!engine.alive) return;
      const taken = this.lock === null;
      if (taken) this.lock = engine;
      this.feedEngine(engine, { type: "lock", taken });
    });
  }

  #engineEffect(engine: WorldEngine, effect: EngineEffect): void {
    if (typeof effect === "object") {
      this.#at(this.now + effect.wakeAfterMs, () => this.feedEngine(engine, { type: "timer", now: this.now }));
      return;
    }
    switch (effect) {
      case "open":
        this.#soon(() => {
          engine.lonelySince = this.now;
          this.feedEngine(engine, { type: "opened", now: this.now });
        });
        return;
      case "announce":
        this.address = engine;
        engine.report?.("ready");
        engine.report = null;
        return;
      case "yield":
        engine.alive = false;
        engine.report?.("taken");
        engine.report = null;
        return;
      case "drain":
        this.#soon(() => this.feedEngine(engine, { type: "drained" }));
        return;
      case "leave":
        if (this.address === engine) this.address = null;
        if (this.lock === engine) this.lock = null;
        engine.alive = false;
        for (const client of [...engine.clients]) this.#disconnect(client, true);
    }
  }

  #disconnect(client: WorldClient, handover = false): void {
    if (client.engine === null) return;
    this.#leave(client);
    this.#soon(() => this.feedClient(client, { type: "closed", handover }));
  }

  #leave(client: WorldClient): void {
    const { engine } = client;
    client.engine = null;
    if (engine === null || !engine.clients.delete(client)) return;
    this.#count(engine);
  }

  #count(engine: WorldEngine): void {
    this.#note(engine);
    this.feedEngine(engine, { type: "clients", count: engine.clients.size, now: this.now });
  }

  #note(engine: WorldEngine): void {
    const lonely = engine.clients.size === 0 && engine.launches === 0;
    engine.lonelySince = lonely ? (engine.lonelySince ?? this.now) : null;
  }

  /** Messages and processes take a moment, never the same one. */
  #soon(run: () => void): void {
    this.#at(this.now + Math.floor(this.#random() * 200), run);
  }

  #at(at: number, run: () => void): void {
    this.#tasks.push({ at, run });
  }
}
