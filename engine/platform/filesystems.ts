import { constants, lstatSync, openSync, readFileSync, realpathSync, statfsSync } from "node:fs";
import { sep } from "node:path";

/** Numbers by which Linux names file systems of other machines (statfs(2), linux/magic.h). */
const NETWORK_TYPES = new Map<number, string>([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x01021997, "9p"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x00c36400, "Ceph"],
  [0x65735546, "FUSE"],
]);

/** The same, as /proc/self/mountinfo (proc(5)) names types. */
const NETWORK_NAMES = new Map<string, string>([
  ["nfs", "NFS"], ["nfs4", "NFS"], ["cifs", "CIFS"], ["smb3", "SMB"], ["smbfs", "SMB"], ["9p", "9p"], ["afs", "AFS"], ["coda", "Coda"], ["lustre", "Lustre"],
  ["gpfs", "GPFS"], ["beegfs", "BeeGFS"], ["ceph", "Ceph"], ["glusterfs", "GlusterFS"], ["davfs", "WebDAV"],
]);

/**
 * The name of the network file system that holds a folder; null for a local one, or where the system does not say (macOS). FUSE
 * counts as one: sshfs and its like are. Windows (a UNC path) was never run. `TOUCHSTONE_MOUNTINFO` names another table of mounts (tests).
 */
export function networkFileSystem(folder: string): string | null {
  if (process.platform === "win32") return folder.startsWith("\\\\") ? "network share" : null;
  if (process.platform !== "linux") return null;
  return networkMount(folder, readMounts()) ?? networkType(folder);
}

/** The same by a table of mounts in the form of /proc/self/mountinfo: the longest mount point above the folder counts, of equal ones the last. */
export function networkMount(folder: string, mountinfo: string): string | null {
  let longest = -1;
  let name: string | null = null;
  for (const line of mountinfo.split("\n")) {
    const [before, after] = line.split(" - ", 2);
    const point = before?.split(" ")[4]?.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
    const type = after?.split(" ")[0] ?? "";
    if (point === undefined || point.length < longest || !(folder === point || folder.startsWith(point === "/" ? "/" : `${point}/`))) continue;
    longest = point.length;
    name = NETWORK_NAMES.get(type) ?? (type.startsWith("fuse.") ? `FUSE, ${type.slice("fuse.".length)}` : null);
  }
  return name;
}

function readMounts(): string {
  try {
    return readFileSync(process.env["TOUCHSTONE_MOUNTINFO"] ?? "/proc/self/mountinfo", "utf8");
  } catch {
    return "";
  }
}

function networkType(folder: string): string | null {
  try {
    return NETWORK_TYPES.get(Number(BigInt.asUintN(32, BigInt(statfsSync(folder).type)))) ?? null;
  } catch {
    return null;
  }
}

/** True for a plain file with one name, or for nothing at all: what somebody planted as a link to a file elsewhere is neither. */
export function isOwnPlainFile(path: string): boolean {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined || (stat.isFile() && stat.nlink === 1);
}

/**
 * Where something of a folder that anybody may have made really lies. Null for nothing, and where a link on the way leads out of the
 * folder; the folder itself may be reached by one.
 */
export function realPathIn(folder: string, path: string): string | null {
  try {
    const [root, real] = [realpathSync.native(folder), realpathSync.native(path)];
    return real === root || real.startsWith(root + sep) ? real : null;
  } catch {
    return null;
  }
}

/** The length of a plain file; 0 for anything else, as for nothing. */
export function plainSize(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? stat.size : 0;
}

/**
 * Opens a plain file for reading: its descriptor, null where there is none. A link, which may lead to a file of somebody else, and a
 * pipe, which may never answer, count as none. (Windows has neither flag.)
 */
export function openPlain(path: string): number | null {
  try {
    return lstatSync(path).isFile() ? openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)) : null;
  } catch {
    return null;
  }
}
