import type { Services } from "../services.ts";
import { Spools } from "./spools.ts";

/** Takes in what was kept while no engine was there. */
export function registerOffline(services: Services): Spools {
  const spools = new Spools(services);
  services.launches.hook({ onLook: ({ launchId }) => spools.catchUp(launchId) });
  return spools;
}
