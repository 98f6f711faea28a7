/**
 * Typed names of everything that can be asked of the engine. One token serves the
 * socket (extension to engine), `postMessage` (webview to extension) and the tests.
 * The phantom types are never set at run time.
 */
export interface RequestToken<P, R> {
  readonly method: string;
  readonly params?: P;
  readonly result?: R;
}

/** Something the engine says without being asked. Delivered at most ten times a second per event. */
export interface EventToken<P> {
  readonly event: string;
  readonly params?: P;
}

/** Declares a request; `method` is `capability/verb`. */
export function request<P, R>(method: string): RequestToken<P, R> {
  return { method };
}

/** Declares an event; `event` is `capability/pastParticiple`. */
export function event<P>(name: string): EventToken<P> {
  return { event: name };
}

/** How far a long request has come. `done` and `total` count `unit`; `total` is null where it is unknown. */
export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
  readonly message?: string;
}

/** What a failed request carries: for people first, then for programs. */
export interface ErrorShape {
  /** Stable, `UPPER_SNAKE`; programs switch on it. */
  readonly code: string;
  /** What happened, one sentence. */
  readonly message: string;
  /** Where: a path as the person knows it. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** What to do about it. */
  readonly hint?: string;
  /** Where in an expression's text, in UTF-16 code units. */
  readonly offset?: number;
  readonly length?: number;
}

/** The error that every layer throws when a person should read it. */
export class TouchstoneError extends Error {
  readonly shape: ErrorShape;

  constructor(shape: ErrorShape) {
    super(shape.message);
    this.name = "TouchstoneError";
    this.shape = shape;
  }
}

/** A number that JSON cannot hold is one of these strings on the wire. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

/** An estimate with its uncertainty; `level` is the coverage of [low, high], e.g. 0.95. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  /** The named definition of the interval, e.g. `wilson`, `bootstrap-multinomial`. */
  readonly method: string;
  readonly level: number;
}

/** A quantity that the data cannot answer, with the reason in words. */
export interface Undefined {
  readonly value: null;
  readonly reason: string;
  readonly n: number;
}

export type Estimated = Estimate | Undefined;
