import assert from "node:assert/strict";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PrivateFolder } from "../../engine/life/private.ts";
import { openGate } from "../../engine/remote/gate.fixture.ts";
import { startReference } from "../differential/servers.ts";
import { testPython } from "../fixtures/python.ts";
import type { Workbench } from "../host/workbench.ts";

async function post<T>(uri: string, path: string, body: object): Promise<T> {
  const answer = await fetch(`${uri}/api/2.0/mlflow/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  // SAFETY: MLflow's own answer; the caller names the fields that it uses.
  return (await answer.json()) as T;
}

/** Files under these folders that hold the text, whatever they are. */
function filesWith(text: string, folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) => globSync("**", { cwd: folder, exclude: (name) => name === "extensions" }).map((path) => join(folder, path)));
  return files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true && readFileSync(file).includes(text));
}

/** A real MLflow server behind the folder's views: connected, shown, drawn, changed, left. */
export default async function remote(window: Workbench): Promise<void> {
  const reference = await startReference(testPython());
  const password = "c0rrect-hörse";
  const gate = await openGate(reference.uri, ["ada", password]);
  try {
    const { experiment_id } = await post<{ experiment_id: string }>(reference.uri, "experiments/create", { name: "team/churn" });
    const ids: string[] = [];
    for (const [index, lr] of ["0.1", "0.03", "0.01"].entries()) {
      const { run } = await post<{ run: { info: { run_id: string } } }>(reference.uri, "runs/create", { experiment_id, run_name: `team ${lr}`, start_time: Date.now() - 60_000 * (3 - index), user_id: "grace" });
      const { run_id } = run.info;
      const metrics = Array.from({ length: 40 }, (_, step) => ({ key: "val_loss", value: Number(lr) + 1 / (step + 1), step, timestamp: Date.now() + step }));
      await post(reference.uri, "runs/log-batch", { run_id, metrics, params: [{ key: "lr", value: lr }], tags: [] });
      await post(reference.uri, "runs/update", { run_id, status: "FINISHED", end_time: Date.now() });
      ids.push(run_id);
    }

    await window.step("a server is connected, its runs stand in tree and table", async () => {
      await window.command("Touchstone: Connect to MLflow Server…");
      await window.quickInput.answer(gate.uri);
      await window.quickInput.pick("User and password");
      await window.quickInput.titled("User");
      await window.quickInput.answer("ada");
      await window.quickInput.titled("Password");
      await window.quickInput.answer(password);
      await window.notifications.find(/3 runs of .* stand among those of this folder now\./);
      await window.notifications.clear();
      await window.openContainer("Touchstone");
      await window.page.locator(".part.sidebar").getByText("team/churn").first().waitFor();
      await window.command("Touchstone: Open Experiments Table");
      const table = await window.panel("Experiments").shown();
      await table.byText("team 0.01").first().waitFor();
      assert.ok((await table.locator(".rowline").count()) >= 3);
    });

    await window.step("after a reload, and for a new engine, it is connected without asking; the password stands in no file", async () => {
      await window.reload();
      await window.command("Touchstone: Restart Engine");
      const next = gate.next();
      await window.command("Touchstone: Read All Runs of the MLflow Server");
      await window.openContainer("Touchstone");
      await window.page.locator(".part.sidebar").getByText("team/churn").first().waitFor();
      await next;
      assert.equal(await window.page.locator(".quick-input-widget").isVisible(), false, "nobody is asked");
      const secrets = [password, Buffer.from(`ada:${password}`).toString("base64")];
      assert.deepEqual(secrets.flatMap((secret) => filesWith(secret, [window.folder, window.hostData, new PrivateFolder(window.folder).path])), []);
    });

    await window.step("its curves hold every point, its values can be compared", async () => {
      const table = await window.panel("Experiments").shown();
      await table.locator(".rowline").filter({ hasText: "team 0.01" }).locator(".title").first().click();
      const page = await window.panel(/team 0\.01/).shown();
      await page.byText(/val_loss/).first().waitFor();
      await window.screenshot("remote-run");
    });

    await window.step("a name that is given here is the server's as well", async () => {
      await window.command("Touchstone: Open Experiments Table");
      const tree = await window.tree("Experiments", "Touchstone");
      await tree.expand("team/churn");
      await tree.menu("team 0.03", "Rename Run…");
      await window.quickInput.answer("the good one");
      await window.page.locator(".part.sidebar").getByText("the good one").first().waitFor();
      const answer = await fetch(`${reference.uri}/api/2.0/mlflow/runs/get?run_id=${ids[1]}`);
      const { run }: { run: { info: { run_name: string } } } = await answer.json();
      assert.equal(run.info.run_name, "the good one");
      await window.notifications.clear();
      await window.screenshot("remote", { media: "remote.png" });
    });

    await window.step("a run of the server says so everywhere, and is deleted only after a question that names the server", async () => {
      const table = await window.panel("Experiments").shown();
      await table.locator(".rowline").filter({ hasText: "team 0.1" }).getByRole("img", { name: `On the MLflow server ${gate.uri}` }).waitFor();
      const page = await window.panel(/team 0\.01/).shown();
      await page.byText(new RegExp(`of ${gate.uri}, as of \\d{4}-`)).first().waitFor();
      await page.byText("Not known: the server does not say which files were read.").waitFor();
      await window.screenshot("remote-run-of");
      const stage = async (): Promise<string> => {
        const answer = await fetch(`${reference.uri}/api/2.0/mlflow/runs/get?run_id=${ids[0]}`);
        const { run }: { run: { info: { lifecycle_stage: string } } } = await answer.json();
        return run.info.lifecycle_stage;
      };
      const tree = await window.tree("Experiments", "Touchstone");
      await tree.menu("team 0.1", "Delete Run");
      const dialog = await window.notifications.dialog();
      assert.match(await dialog.innerText(), new RegExp(`Delete 1 run on ${gate.uri}\\? Others who use this server lose it too\\.`));
      await window.screenshot("remote-delete");
      await window.notifications.answer("Cancel");
      assert.equal(await stage(), "active");
      await tree.menu("team 0.1", "Delete Run");
      await window.notifications.answer("Delete");
      await window.notifications.find(/1 run deleted, on /);
      assert.equal(await stage(), "deleted");
      await window.notifications.clear();
    });

    await window.step("a run of the folder is sent, once", async () => {
      const editor = await window.openFile("train.mjs", "parseArgs");
      await editor.clickLens("Run & track");
      await editor.lens("1 run").waitFor();
      const tree = await window.tree("Experiments", "Touchstone");
      await tree.expand("train.mjs");
      for (const said of [/1 new/, /1 there already/]) {
        await tree.menu(/run-/, "Send to MLflow Server…");
        await window.notifications.find(said);
        await window.notifications.clear();
      }
    });

    await window.step("away, the runs stay and the tree says so", async () => {
      gate.open = false;
      await window.page.locator(".part.sidebar").getByText(/does not answer; it is tried again\. Its runs are shown as of/).first().waitFor({ timeout: 60_000 });
      await window.page.locator(".part.sidebar").getByText("team/churn").first().waitFor();
    });
  } finally {
    gate.close();
    await reference.stop();
  }
}
