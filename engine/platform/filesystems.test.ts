import assert from "node:assert/strict";
import { test } from "node:test";
import { networkMount } from "./filesystems.ts";

/** Lines as Linux writes them, of machines with these mounts. */
const MOUNTS = [
  "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw",
  "40 22 0:35 / /home rw,relatime shared:20 - nfs4 filer:/home rw,vers=4.2",
  "41 40 8:3 / /home/ada/local rw - xfs /dev/sdb1 rw",
  "42 22 0:36 / /mnt/my\\040share rw,nosuid shared:21 - cifs //server/share rw,vers=3.1.1",
  "43 22 0:37 / /mnt/remote rw,nosuid shared:22 - fuse.sshfs ada@gpu:/data rw,user_id=0",
  "44 22 8:17 / /media/stick rw,nosuid - fuseblk /dev/sdc1 rw",
  "45 22 0:38 / /data rw - lustre mgs@tcp:/fs rw",
  "46 45 8:33 / /data rw - ext4 /dev/sdd1 rw",
].join("\n");

test("the mount that holds a folder says whether it lies on another machine", () => {
  const named = (folder: string) => networkMount(folder, MOUNTS);
  assert.deepEqual(["/home/ada/project", "/mnt/my share/x", "/mnt/remote"].map(named), ["NFS", "CIFS", "FUSE, sshfs"]);
  assert.deepEqual(["/srv/project", "/home/ada/local/project", "/homework", "/media/stick", "/"].map(named), [null, null, null, null, null]);
  assert.equal(named("/data/project"), null, "what was mounted last over a place counts");
  assert.equal(networkMount("/x", ""), null);
});
