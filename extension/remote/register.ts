import * as vscode from "vscode";
import { remoteChanged, remoteConnect, remoteDisconnect, remotePush, remoteStatus, remoteSync, type PushCount, type PushResult, type RemoteAddress, type RemoteStatus } from "../../engine/api/remote.ts";
import type { EngineLink } from "../engine/link.ts";
import { requireLink } from "../engine/statusBar.ts";
import type { ExtensionHost } from "../host.ts";
import { withProgress } from "../progress.ts";
import { targetOf } from "../runs/actions.ts";
import type { RunsView } from "../runs/register.ts";
import { hostOf } from "../runs/servers.ts";
import { askAddress } from "./address.ts";
import { Credentials, hasCredentials } from "./credentials.ts";

/** Which server a folder is connected to: kept with the window's own state, not in the folder; credentials in the secret storage. */
const PLACES = "touchstone.remotes";

/** An MLflow server behind the folder's views: connect, keep current, push, and say how it is in the tree's title. */
export function registerRemote(host: ExtensionHost, view: RunsView): void {
  const remembered = (link: EngineLink): string | undefined => host.context.workspaceState.get<Readonly<Record<string, string>>>(PLACES, {})[link.folder];
  const remember = async (link: EngineLink, uri: string | undefined): Promise<void> => {
    const { [link.folder]: _, ...others } = host.context.workspaceState.get<Readonly<Record<string, string>>>(PLACES, {});
    await host.context.workspaceState.update(PLACES, uri === undefined ? others : { ...others, [link.folder]: uri });
    await vscode.commands.executeCommand("setContext", "touchstone.remote", uri !== undefined);
  };
  const credentials = new Credentials(host.context.secrets);
  /** Where the editor has no place for secrets, the server is connected all the same; the next window asks again. */
  const keep = async (link: EngineLink, address: RemoteAddress, before: string | undefined): Promise<void> => {
    try {
      if (before !== undefined && before !== address.uri) await credentials.forget(link.folder, before);
      await credentials.keep(link.folder, address);
    } catch (error) {
      host.log.warn(String(error));
      if (hasCredentials(address)) void vscode.window.showWarningMessage(vscode.l10n.t("The editor could not keep the credentials for {0}: it asks for them again in the next window.", address.uri));
    }
  };
  const show = (status: RemoteStatus | null): void => view.say(status === null ? null : hostOf(status.uri), status === null ? null : describe(status));
  let refused = "";
  const tell = async (link: EngineLink, status: RemoteStatus): Promise<void> => {
    show(status);
    if (status.state !== "refused" || refused === status.message) return;
    refused = status.message ?? "";
    const again = vscode.l10n.t("Connect Again…");
    if ((await vscode.window.showWarningMessage(refused, again)) === again) await vscode.commands.executeCommand("touchstone.connectRemote", link.folder);
  };

  const followed = new Set<EngineLink>();
  host.disposables.add(
    host.engines.onState((link) => {
      const uri = remembered(link);
      if (link.state !== "connected" || !vscode.workspace.isTrusted || uri === undefined) return;
      if (!followed.has(link)) host.disposables.add(link.on(remoteChanged, (status) => void tell(link, status)));
      followed.add(link);
      void (async () => {
        await vscode.commands.executeCommand("setContext", "touchstone.remote", true);
        // Another window of the same folder may have told the engine already.
        const now = await link.request(remoteStatus, null);
        show(now ?? (await link.request(remoteConnect, { ...(await credentials.addressOf(link.folder, uri)), again: true })));
      })().catch((error: unknown) => {
        show({ uri, state: "offline", message: null, synced: null, runs: 0, notShown: [] });
        host.log.warn(String(error));
      });
    }),
  );

  host.command("connectRemote", async () => {
    const link = requireLink(host);
    const before = remembered(link);
    const address = await askAddress(before);
    if (address === undefined) return;
    if (!followed.has(link)) host.disposables.add(link.on(remoteChanged, (status) => void tell(link, status)));
    followed.add(link);
    refused = "";
    const status = await withProgress(vscode.l10n.t("Reading runs of {0}", address.uri), (options) => link.request(remoteConnect, address, options));
    await remember(link, address.uri);
    show(status);
    void keep(link, address, before);
    await vscode.commands.executeCommand("touchstone.refresh");
    void tellWhole(host, status, vscode.l10n.t("{0} runs of {1} stand among those of this folder now.", status.runs, address.uri));
  });
  host.command("disconnectRemote", async () => {
    const link = requireLink(host);
    const uri = remembered(link);
    await link.request(remoteDisconnect, null);
    await remember(link, undefined);
    if (uri !== undefined) await credentials.forget(link.folder, uri);
    show(null);
  });
  host.command("syncRemote", async () => {
    const link = requireLink(host);
    const status = await withProgress(vscode.l10n.t("Reading the server's runs"), (options) => link.request(remoteSync, null, options));
    show(status);
    if (status.notShown.length > 0) void tellWhole(host, status, vscode.l10n.t("{0} was read.", status.uri));
  });
  host.command("pushRuns", async (first, selection) => {
    const target = targetOf(host, first, selection);
    if (target === null) throw new Error(vscode.l10n.t("Select runs in the tree or the table first."));
    const { link, runIds } = target;
    const uri = remembered(link);
    const address = uri === undefined ? await askAddress(undefined) : await credentials.addressOf(link.folder, uri);
    if (address === undefined) return;
    const result = await withProgress(vscode.l10n.t("Sending {0} runs to {1}", runIds.length, address.uri), (options) => link.request(remotePush, { runIds, address }, options));
    await report(host, result);
  });
}

/** What is the matter with a server, in a sentence; null where all is well. */
function describe({ uri, state, synced }: RemoteStatus): string | null {
  if (state === "connected") return null;
  const host = hostOf(uri);
  if (state === "syncing") return vscode.l10n.t("Reading the runs of {0}…", host);
  const words = state === "odd" ? vscode.l10n.t("What answers at {0} is no MLflow server now; it is tried again.", host) : state === "refused" ? vscode.l10n.t("{0} refuses the credentials.", host) : vscode.l10n.t("{0} does not answer; it is tried again.", host);
  if (synced === null) return words;
  return `${words} ${vscode.l10n.t("Its runs are shown as of {0}.", new Date(synced).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }))}`;
}

/** What was done, and in the same line what of the server is not shown; where that is much, the log has it. */
async function tellWhole(host: ExtensionHost, { notShown }: RemoteStatus, message: string): Promise<void> {
  const [first, ...more] = notShown;
  if (first === undefined) return void vscode.window.showInformationMessage(message);
  const details = vscode.l10n.t("Details");
  const line = more.length === 0 ? vscode.l10n.t("Not shown: {0}.", first) : vscode.l10n.t("Not shown: {0}, and {1} more.", first, more.length);
  for (const one of notShown) host.log.info(vscode.l10n.t("Not shown: {0}.", one));
  if ((await vscode.window.showInformationMessage(`${message} ${line}`, details)) === details) host.log.show();
}

async function report(host: ExtensionHost, { uri, created, updated, same, theirs, models, versions, traces, failed, leftOut }: PushResult): Promise<void> {
  const parts = [
    vscode.l10n.t("{0} new", created),
    ...(updated === 0 ? [] : [vscode.l10n.t("{0} updated", updated)]),
    ...(same + theirs === 0 ? [] : [vscode.l10n.t("{0} there already", same + theirs)]),
    ...(failed.length === 0 ? [] : [vscode.l10n.t("{0} failed", failed.length)]),
  ];
  const sent = ({ created: made, updated: changed }: PushCount): number => made + changed;
  const beside = [
    ...(sent(models) === 0 ? [] : [sent(models) === 1 ? vscode.l10n.t("1 logged model") : vscode.l10n.t("{0} logged models", sent(models))]),
    ...(sent(versions) === 0 ? [] : [sent(versions) === 1 ? vscode.l10n.t("1 registered version") : vscode.l10n.t("{0} registered versions", sent(versions))]),
    ...(sent(traces) === 0 ? [] : [sent(traces) === 1 ? vscode.l10n.t("1 trace") : vscode.l10n.t("{0} traces", sent(traces))]),
  ];
  const runs = vscode.l10n.t("Runs on {0}: {1}.", uri, parts.join(", "));
  const message = beside.length === 0 ? runs : `${runs} ${vscode.l10n.t("New or updated with them: {0}.", beside.join(", "))}`;
  const lines = [...failed.map(({ runId, reason }) => `${runId}: ${reason}`), ...leftOut.map((what) => vscode.l10n.t("Not sent: {0}", what))];
  for (const line of lines) host.log.info(line);
  const details = vscode.l10n.t("Details");
  const shown = failed.length === 0 ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  if ((await shown(message, ...(lines.length === 0 ? [] : [details]))) === details) host.log.show();
}
