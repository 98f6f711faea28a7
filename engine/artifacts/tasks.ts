import type { TableWindow } from "../api/artifacts.ts";
import { task } from "../compute/messages.ts";

/** `name` is what the file is called: a stored content has no ending. */
export const windowTask = task<{ path: string; name: string; from: number; to: number }, TableWindow>("artifacts/window");
