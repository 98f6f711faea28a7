import { backUpStore } from "./backup.ts";

/** For tests: `node backup.fixture.ts FOLDER FILE N` backs a store up and is killed once `N` of its files are in the backup. */
const [folder = "", file = "", files = "0"] = process.argv.slice(2);
await backUpStore({ folder, file, artifactRoot: null, version: "1", progress: (done) => void (done >= Number(files) && process.kill(process.pid, "SIGKILL")) });
