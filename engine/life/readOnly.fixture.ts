/** Runs as a user who may not write into argv[2]: an engine there, what it says of itself, and what it answers to a start. Prints JSON. */
import { connectEngine } from "../api/connect.ts";
import { engineDrain, engineStatus } from "../api/engine.ts";
import { launchStart } from "../api/launches.ts";

const folder = process.argv[2] ?? "";
const window = connectEngine({ folder, clientKind: "test", extensionVersion: "0.0.0" });
const { readOnly, notes, runs } = await window.request(engineStatus, null);
const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "" };
const refused = await window.request(launchStart, { command: ["python3", "train.py"], cwd: folder, env, from: "cli" }).then(() => "started", (error: unknown) => (error instanceof Error ? error.message : String(error)));
await window.request(engineDrain, null);
window.dispose();
process.stdout.write(`RESULT ${JSON.stringify({ readOnly, notes, refused, runs })}\n`);
