import { lstatSync, statfsSync } from "node:fs";

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

/**
 * The name of the network file system that holds a folder; null for a local one, or where the system does not say (macOS). FUSE
 * counts as one: sshfs and its like are. Windows (a UNC path) was never run.
 */
export function networkFileSystem(folder: string): string | null {
  if (process.platform === "win32") return folder.startsWith("\\\\") ? "network share" : null;
  if (process.platform !== "linux") return null;
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
