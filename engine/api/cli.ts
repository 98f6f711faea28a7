import Type, { type Static, type TSchema } from "typebox";

/**
 * What `touchstone <command> --json` prints on its standard output: the contract of the CLI. Every object that is an
 * answer carries `schemaVersion`; where an answer is a list, each of its rows does. Errors are `errorAnswer`.
 * Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 the engine failed; `run` exits as the script did.
 * A new field does not raise the version; a changed or removed one does.
 */
export const SCHEMA_VERSION = 1;

const version = Type.Literal(SCHEMA_VERSION);
const closed = { additionalProperties: false };

/** The object that an answer is, or one row of a list. */
export function answer<T extends Record<string, TSchema>>(properties: T) {
  return Type.Object({ schemaVersion: version, ...properties }, closed);
}

/** Numbers that JSON cannot hold are strings. */
export const wireNumber = Type.Union([Type.Number(), Type.Literal("NaN"), Type.Literal("Infinity"), Type.Literal("-Infinity")]);
/** UTC milliseconds. */
export const time = Type.Number();
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** A quantity with its uncertainty, or the reason why there is none. */
export const estimate = Type.Union([
  Type.Object({ value: wireNumber, low: wireNumber, high: wireNumber, n: Type.Number(), method: Type.String(), level: Type.Number() }, closed),
  Type.Object({ value: Type.Null(), reason: Type.String(), n: Type.Number() }, closed),
]);

export const errorAnswer = answer({
  error: Type.Object(
    {
      code: Type.String(),
      message: Type.String(),
      file: Type.Optional(Type.String()),
      line: Type.Optional(Type.Number()),
      hint: Type.Optional(Type.String()),
      /** Where in a filter or expression the mistake is, in UTF-16 units. */
      offset: Type.Optional(Type.Number()),
      length: Type.Optional(Type.Number()),
    },
    closed,
  ),
});

const status = Type.Enum(["scheduled", "running", "finished", "failed", "killed", "lost"]);

/** The shape of one run of `touchstone run`; with `--follow` the last line, with `event: "ended"`. */
export const runAnswer = answer({
  runId: Type.String(),
  launchId: Type.String(),
  experimentId: Type.String(),
  status,
  exitCode: nullable(Type.Number()),
  signal: nullable(Type.String()),
});
export type RunAnswer = Static<typeof runAnswer>;

/** The lines of `touchstone run --json --follow`. */
export const runEvent = Type.Union([
  answer({ event: Type.Literal("started"), runId: Type.String(), launchId: Type.String(), experimentId: Type.String() }),
  answer({ event: Type.Literal("log"), offset: Type.Number(), text: Type.String() }),
  answer({ event: Type.Literal("ended"), runId: Type.String(), launchId: Type.String(), experimentId: Type.String(), status, exitCode: nullable(Type.Number()), signal: nullable(Type.String()) }),
]);

/** `touchstone run --offline`, `run-start`, `log`, `finish`: where the run is recorded, and with `run` how it ended. */
export const offlineAnswer = answer({ folder: Type.String(), exitCode: nullable(Type.Number()) });

/** What `touchstone take-in DIR` found: runs that were recorded without an engine. */
export const takeInAnswer = answer({
  runs: Type.Array(Type.Object({ folder: Type.String(), launchId: Type.String(), runId: Type.String(), status, changed: Type.Boolean() }, closed)),
  problems: Type.Array(Type.Object({ file: Type.String(), reason: Type.String() }, closed)),
});

export const runsAnswer = Type.Array(
  answer({
    runId: Type.String(),
    name: Type.String(),
    /** What a person named it, else what tells it apart from its siblings. */
    title: Type.String(),
    status,
    script: nullable(Type.String()),
    commit: nullable(Type.String()),
    params: Type.Record(Type.String(), Type.String()),
    metrics: Type.Record(Type.String(), Type.Object({ last: wireNumber, step: Type.Number(), min: wireNumber, max: wireNumber }, closed)),
    start: time,
    end: nullable(time),
  }),
);
export type RunsAnswer = Static<typeof runsAnswer>;

/** `serve` prints one line once it serves, and stays. */
export const serveAnswer = answer({
  trackingUri: Type.String(),
  folder: Type.String(),
  pid: Type.Number(),
  /** What a process sets to log here; holds the token. */
  env: Type.Record(Type.String(), Type.String()),
});
export type ServeAnswer = Static<typeof serveAnswer>;

export const statusAnswer = answer({
  running: Type.Boolean(),
  /** False: nothing was recorded yet, `folder` is where a store would be made. */
  store: Type.Boolean(),
  folder: Type.String(),
  engine: nullable(
    Type.Object(
      {
        version: Type.String(),
        pid: Type.Number(),
        trackingUri: Type.String(),
        runs: Type.Number(),
        liveLaunches: Type.Number(),
        clients: Type.Number(),
        storeBytes: Type.Number(),
        artifactBytes: Type.Number(),
        artifactQuotaBytes: nullable(Type.Number()),
        readOnly: Type.Boolean(),
        notes: Type.Array(Type.String()),
      },
      closed,
    ),
  ),
  launches: Type.Array(Type.Object({ launchId: Type.String(), runId: Type.String(), command: Type.Array(Type.String()), status, start: time, pid: nullable(Type.Number()) }, closed)),
});
export type StatusAnswer = Static<typeof statusAnswer>;

export const stopAnswer = answer({
  /** The launches that were asked to end; empty when the engine itself was. */
  launches: Type.Array(Type.Object({ launchId: Type.String(), runId: Type.String(), status, exitCode: nullable(Type.Number()), signal: nullable(Type.String()) }, closed)),
  engine: Type.Enum(["left", "stays", "none"]),
});
export type StopAnswer = Static<typeof stopAnswer>;

/** What `touchstone parse-log FILE` sees in a log; `step` is null where the line names no whole number to count by. */
export const parseLogAnswer = answer({
  file: Type.String(),
  keys: Type.Array(Type.Object({ key: Type.String(), points: Type.Number() }, closed)),
  points: Type.Array(Type.Object({ line: Type.Number(), key: Type.String(), value: wireNumber, step: nullable(Type.Number()) }, closed)),
});

export const schemaAnswer = answer({ commands: Type.Record(Type.String(), Type.Unknown()) });

export const doctorAnswer = answer({
  folder: Type.String(),
  ok: Type.Boolean(),
  checks: Type.Array(
    Type.Object(
      {
        check: Type.String(),
        result: Type.Enum(["ok", "note", "problem"]),
        message: Type.String(),
        hint: Type.Optional(Type.String()),
      },
      closed,
    ),
  ),
});
export type DoctorAnswer = Static<typeof doctorAnswer>;

export const gcAnswer = answer({ files: Type.Number(), bytes: Type.Number(), strays: Type.Array(Type.String()) });
export type GcAnswer = Static<typeof gcAnswer>;

/** `touchstone mcp` speaks MCP on the standard output and has no answer of its own. */
export const mcpAnswer = answer({});
