import { connectEngine } from "../api/connect.ts";
import { launchLog, launchStart, type LaunchRequest } from "../api/launches.ts";

/**
 * A window in a process of its own, for tests that kill it: `window.fixture.ts <folder> <LaunchRequest as JSON>` starts a launch,
 * follows its log, writes the launch's id on a line, and stays.
 */
const [folder, asked] = process.argv.slice(2);
if (folder === undefined || asked === undefined) throw new Error("window.fixture.ts <folder> <request>");
const engine = connectEngine({ folder, clientKind: "editor", extensionVersion: "0.0.0" });
// SAFETY: the test that starts this process wrote it.
const { launchId } = await engine.request(launchStart, JSON.parse(asked) as LaunchRequest);
await engine.request(launchLog, { launchId, offset: 0, follow: true });
process.stdout.write(`${launchId}\n`);
