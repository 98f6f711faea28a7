import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * W&B's mode for a launch. Without a key its client would ask for one, or fail: then it writes to `wandb/` only, which is followed and
 * can be synced later. Nothing where the person has a key (WANDB_API_KEY, an entry of its host in netrc) or chose a mode.
 */
export function wandbMode(env: Readonly<Record<string, string>>): { readonly WANDB_MODE?: "offline" } {
  if ([env["WANDB_MODE"], env["WANDB_API_KEY"], env["WANDB_DISABLED"], env["WANDB_IDENTITY_TOKEN_FILE"]].some((value) => value !== undefined && value !== "")) return {};
  const home = env["HOME"] ?? env["USERPROFILE"] ?? "";
  const host = hostOf(env["WANDB_BASE_URL"]);
  const files = env["NETRC"] === undefined ? [".netrc", "_netrc"].map((name) => join(home, name)) : [env["NETRC"]];
  const configured = join(env["WANDB_CONFIG_DIR"] ?? join(home, ".config", "wandb"), "settings");
  if (files.some((file) => hasEntry(textOf(file), host)) || /^\s*mode\s*=/m.test(textOf(configured))) return {};
  return { WANDB_MODE: "offline" };
}

function hostOf(url: string | undefined): string {
  try {
    return new URL(url ?? "").hostname;
  } catch {
    return "api.wandb.ai";
  }
}

/** `machine <host>` may stand anywhere, also with what belongs to it on lines of its own. */
function hasEntry(netrc: string, host: string): boolean {
  const words = netrc.split(/\s+/);
  return words.some((word, index) => word === "machine" && words[index + 1] === host);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
