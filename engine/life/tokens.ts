import { createHmac, timingSafeEqual } from "node:crypto";

/** Whom a bearer token speaks for. */
export type TokenOwner = { readonly kind: "launch"; readonly launchId: string } | { readonly kind: "store" };

/** The token of one launch: `<launchId>.<hex hmac-sha256(secret, launchId)>`, so that a restarted engine knows it again. */
export function launchToken(secret: Uint8Array, launchId: string): string {
  return `${launchId}.${sign(secret, launchId)}`;
}

/** The token of terminals and notebooks that belong to no launch. */
export function storeToken(secret: Uint8Array): string {
  return `store.${sign(secret, "store")}`;
}

/** Whose token it is; null for anything that this secret did not sign. */
export function verifyToken(secret: Uint8Array, token: string): TokenOwner | null {
  const dot = token.lastIndexOf(".");
  if (dot <= 0) return null;
  const name = token.slice(0, dot);
  const [given, wanted] = [Buffer.from(token.slice(dot + 1)), Buffer.from(sign(secret, name))];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  return name === "store" ? { kind: "store" } : { kind: "launch", launchId: name };
}

/** A name that only holders of the secret can tell, e.g. of a pipe, or the key of a greeting. */
export function secretName(secret: Uint8Array, purpose: string): string {
  return sign(secret, `purpose:${purpose}`);
}

function sign(secret: Uint8Array, name: string): string {
  return createHmac("sha256", secret).update(name).digest("hex");
}
