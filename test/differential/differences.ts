/** A call whose answer differs from the reference's. */
export interface Listed {
  /** `<file>: <name of the case>`. */
  readonly case: string;
  /** Which call of the case, from 1. */
  readonly call: number;
  /** Where the answers may differ, as the failing test prints it; everywhere where absent. */
  readonly at?: readonly string[];
  /** Why that is meant; what is only not done yet begins with `not yet`. */
  readonly reason: string;
}

/** Several calls of a case that differ for one reason. */
export function calls(name: string, numbers: readonly number[], reason: string, at?: readonly string[]): Listed[] {
  return numbers.map((call) => ({ case: name, call, reason, ...(at === undefined ? {} : { at }) }));
}

/** Routes of `routes.ts` that have fewer than three calls so far. */
export const notYetCalled: readonly string[] = [];
