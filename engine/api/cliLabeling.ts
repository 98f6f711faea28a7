import Type, { type Static } from "typebox";
import { answer, estimate } from "./cli.ts";

const closed = { additionalProperties: false };

/** `touchstone labels status [SET]`: every label set of the folder, or the one. */
export const labelsStatusAnswer = answer({
  sets: Type.Array(
    Type.Object(
      {
        /** The folder's name below `labels/`. */
        set: Type.String(),
        name: Type.String(),
        items: Type.Number(),
        /** Items with a label or "out of scope" from anyone. */
        answered: Type.Number(),
        conflicts: Type.Number(),
        /** Standing votes for each class, of all annotators. */
        classes: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), votes: Type.Number() }, closed)),
        annotators: Type.Array(Type.Object({ annotator: Type.String(), labelled: Type.Number(), outOfScope: Type.Number(), unsure: Type.Number(), skipped: Type.Number() }, closed)),
        /** Lines that could not be read. */
        problems: Type.Array(Type.Object({ file: Type.String(), line: Type.Number(), message: Type.String() }, closed)),
      },
      closed,
    ),
  ),
});
export type LabelsStatusAnswer = Static<typeof labelsStatusAnswer>;

/** `touchstone labels agreement SET`: percent is the mean over items of the share of agreeing pairs, α is Krippendorff's, nominal. */
export const labelsAgreementAnswer = answer({
  set: Type.String(),
  annotators: Type.Array(Type.String()),
  percent: estimate,
  alpha: estimate,
  pairs: Type.Array(Type.Object({ a: Type.String(), b: Type.String(), percent: estimate, alpha: estimate }, closed)),
  perClass: Type.Array(Type.Object({ class: Type.String(), name: Type.String(), alpha: estimate }, closed)),
  conflicts: Type.Number(),
});
export type LabelsAgreementAnswer = Static<typeof labelsAgreementAnswer>;

/** `touchstone labels export SET`. */
export const labelsExportAnswer = answer({ set: Type.String(), what: Type.Enum(["labels", "votes"]), format: Type.Enum(["csv", "jsonl"]), path: Type.String(), rows: Type.Number() });
