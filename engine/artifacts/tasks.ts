import type { TableWindow } from "../api/artifacts.ts";
import { task } from "../compute/messages.ts";

export const windowTask = task<{ path: string; from: number; to: number }, TableWindow>("artifacts/window");
