/** What stands in the place of a secret. */
export const MASK: string;
/** True where the value that belongs to this name must not be kept. */
export function isSecretName(name: string): boolean;
/** The value as it may be kept: whole, masked, or with what looks like a secret masked. */
export function masked(name: string, value: string): string;
/** Masks known shapes of keys and the user part of URLs anywhere in a text. */
export function scrub(text: string): string;
/** A line of a log without its secrets, as long as before. */
export function blanked(text: string): string;
/** A line of code without its secrets, as long as before. */
export function blankedCode(text: string): string;
