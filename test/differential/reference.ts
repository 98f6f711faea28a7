// node test/differential/reference.ts: starts the reference, prints the line that makes the tests use it, and stays.
import { once } from "node:events";
import { preparePython } from "../run/python.ts";
import { startReference } from "./servers.ts";

const side = await startReference(await preparePython());
process.stdout.write(`export TOUCHSTONE_REFERENCE=${side.uri}\n`);
await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
await side.stop();
process.exit(0);
