import { evaluationHandlers } from "../evaluation/handlers.ts";
import { serveTasks } from "./serve.ts";

// The thread that reads tables and counts, so that the engine's main thread stays free. It keeps opened files in memory between
// tasks and asks nobody anything.
serveTasks(evaluationHandlers());
