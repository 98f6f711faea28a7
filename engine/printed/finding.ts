/** A counter of a line: `Epoch 3/10` is at 3 of 10. */
export interface Counter {
  readonly at: number;
  readonly of: number | null;
}

/** What one line says, before the parser has decided on its step. */
export interface Finding {
  epoch: Counter | null;
  step: Counter | null;
  values: { readonly key: string; readonly value: number; readonly quoted?: true }[];
}
