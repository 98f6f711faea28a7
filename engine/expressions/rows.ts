/** Something that is computed for a row, by the row's number. */
export type At<T> = (row: number) => T;

/** 1 true, 0 false, −1 unknown: small integers, so that a row costs no allocation. */
export type Truth = 1 | 0 | -1;
