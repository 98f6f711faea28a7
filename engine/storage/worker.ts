import { serveTasks } from "../compute/serve.ts";
import { storageTasks } from "./tasks.ts";

// The thread that copies a store into a backup, and one out of it.
serveTasks(storageTasks());
