import { type Case, get } from "../case.ts";

/** What says that a server is there. */
export const cases: readonly Case[] = [
  { name: "health", calls: [get("/health"), get("/health", { any: 1 }), get("/health", {}, { headers: { origin: "http://localhost:3000" } })] },
  { name: "version", calls: [get("/version"), get("/version", { any: 1 }), get("/version", {}, { headers: { origin: "http://localhost:3000" } })] },
  { name: "server-info", calls: [get("3.0/server-info"), get("3.0/server-info", { any: 1 }), get("/ajax-api/3.0/mlflow/server-info")] },
];
