import * as vscode from "vscode";
import { agentCall, agentsCall, agentsQuestion, type AgentCall } from "../../engine/api/agents.ts";
import { TouchstoneError } from "../../engine/api/tokens.ts";
import type { EngineLink } from "../engine/link.ts";
import type { ExtensionHost } from "../host.ts";
import { untrusted } from "../panels/trust.ts";

const PREFIX = "touchstone_";
/** Tools that start something of the folder or read its files; in one that is not trusted they do nothing. */
const TRUSTED_ONLY = new Set(["start_run", "evaluate_file", "worst_slices", "slice_rows"]);

/** The engine's tools for agents: as language-model tools of the editor, and as an MCP server for any other client. */
export function registerAgents(host: ExtensionHost): void {
  // The manifest lists them (a test keeps it equal to engine/api/agents.ts), so that nothing of their schemas is loaded here.
  const contributed: readonly { readonly name: string }[] = host.context.extension.packageJSON.contributes.languageModelTools;
  for (const { name } of contributed) host.disposables.add(vscode.lm.registerTool(name, tool(host, name.slice(PREFIX.length))));
  const trusted = new vscode.EventEmitter<void>();
  host.disposables.add(trusted);
  host.disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => trusted.fire()));
  host.disposables.add(vscode.lm.registerMcpServerDefinitionProvider("touchstone", { onDidChangeMcpServerDefinitions: trusted.event, provideMcpServerDefinitions: () => mcpServers(host.context.extension) }));
}

function tool(host: ExtensionHost, name: string): vscode.LanguageModelTool<Readonly<Record<string, unknown>>> {
  const callOf = (input: Readonly<Record<string, unknown>>): { link: EngineLink; call: AgentCall } => {
    const link = host.engines.forUri();
    if (link === undefined) throw new TouchstoneError({ code: "NO_FOLDER", message: vscode.l10n.t("Open a folder first: runs, evaluations and labels belong to one.") });
    const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
    return { link, call: agentCall({ tool: name, input, agent: "editor", env }) };
  };
  const refuseHere = (): void => {
    if (vscode.workspace.isTrusted || !TRUSTED_ONLY.has(name)) return;
    throw name === "start_run" ? new TouchstoneError({ code: "UNTRUSTED", message: vscode.l10n.t("Nothing is run in a folder that is not trusted.") }) : untrusted();
  };
  return {
    async prepareInvocation({ input }, token) {
      refuseHere();
      const { link, call } = callOf(input);
      const { question } = await link.request(agentsQuestion, call, { signal: signalOf(token) });
      return question === null ? undefined : { confirmationMessages: { title: "Touchstone", message: question } };
    },
    async invoke({ input }, token) {
      refuseHere();
      const { link, call } = callOf(input);
      const { text } = await link.request(agentsCall, call, { signal: signalOf(token) });
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
    },
  };
}

/** One server a workspace folder: `touchstone mcp` on the editor's own Node. None where the folders are not trusted: it would start runs of them. */
export function mcpServers({ extensionUri, packageJSON }: Pick<vscode.Extension<unknown>, "extensionUri" | "packageJSON">): vscode.McpStdioServerDefinition[] {
  if (!vscode.workspace.isTrusted) return [];
  const cli = vscode.Uri.joinPath(extensionUri, "dist", "cli.cjs").fsPath;
  const folders = vscode.workspace.workspaceFolders?.filter(({ uri }) => uri.scheme === "file") ?? [];
  return folders.map(({ name, uri }) => {
    const definition = new vscode.McpStdioServerDefinition(folders.length === 1 ? "Touchstone" : `Touchstone: ${name}`, process.execPath, [cli, "mcp", "--folder", uri.fsPath], { ELECTRON_RUN_AS_NODE: "1" }, String(packageJSON.version));
    definition.cwd = uri;
    return definition;
  });
}

function signalOf(token: vscode.CancellationToken): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
