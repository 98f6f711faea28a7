import Type, { type Static } from "typebox";
import { answer } from "./cli.ts";

const closed = { additionalProperties: false };

const imported = {
  format: Type.String(),
  title: Type.String(),
  /** Absolute. */
  path: Type.String(),
  /** Runs that the source holds; `here` of them were tracked here and stay as they are. */
  runs: Type.Number(),
  here: Type.Number(),
  /** What was new. */
  added: Type.Object(
    { runs: Type.Number(), points: Type.Number(), params: Type.Number(), tags: Type.Number(), models: Type.Number(), versions: Type.Number(), traces: Type.Number(), artifacts: Type.Number() },
    closed,
  ),
  /** What was not taken in: at most a thousand of `problemCount`. */
  problems: Type.Array(Type.Object({ file: Type.String(), line: Type.Optional(Type.Number()), reason: Type.String() }, closed)),
  problemCount: Type.Number(),
  follow: Type.Boolean(),
};

/** `touchstone import PATH`: each source that was found there, and CSV files that look like logs of metrics and were not imported. */
export const importAnswer = answer({ sources: Type.Array(Type.Object(imported, closed)), passedOver: Type.Array(Type.String()) });
export type ImportAnswer = Static<typeof importAnswer>;

/** The lines of `touchstone import --json --follow`: first what was there, or that nothing is there yet, then what came. */
export const importEvent = Type.Union([
  answer({ event: Type.Enum(["imported", "followed"]), ...imported }),
  answer({ event: Type.Literal("passedOver"), files: Type.Array(Type.String()) }),
  answer({ event: Type.Literal("waiting"), path: Type.String() }),
]);
