import * as api from "../api/launches.ts";
import type { SocketRpcServer } from "../rpc/server.ts";
import type { Launches } from "./launches.ts";

/** The requests on launches. */
export function registerLaunches(rpc: SocketRpcServer, launches: Launches): void {
  rpc.handle(api.launchStart, (request) => launches.start(request));
  rpc.handle(api.launchPrepare, (request) => launches.prepareLaunch(request));
  rpc.handle(api.launchList, ({ live }) => ({ launches: launches.list(live) }));
  rpc.handle(api.launchGet, ({ launchId }) => launches.get(launchId));
  rpc.handle(api.launchCommand, ({ launchId }) => launches.command(launchId));
  rpc.handle(api.launchStop, async ({ launchId, graceMs }) => {
    await launches.stop(launchId, graceMs);
    return null;
  });
  rpc.handle(api.launchInput, async ({ launchId, data }) => {
    await launches.control(launchId, { k: "input", data });
    return null;
  });
  rpc.handle(api.launchResize, async ({ launchId, cols, rows }) => {
    await launches.control(launchId, { k: "resize", cols, rows });
    return null;
  });
  rpc.handle(api.launchLog, ({ launchId, offset, follow }, { client }) => launches.log(launchId, offset, follow === true ? client.id : null));
  rpc.handle(api.launchUnfollow, ({ launchId }, { client }) => {
    launches.unfollow(launchId, client.id);
    return null;
  });
  rpc.onClients((_, left) => {
    if (left !== null) launches.clientLeft(left.id);
  });
}
