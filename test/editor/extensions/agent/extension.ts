import * as vscode from "vscode";

/** Stands in for an agent: calls a tool of the editor, by the name and the input that a person types, and says what came of it. */
export function activate({ subscriptions }: vscode.ExtensionContext): void {
  subscriptions.push(
    vscode.commands.registerCommand("agent.call", async () => {
      const typed = await vscode.window.showInputBox({ title: "Name and input of the tool", ignoreFocusOut: true });
      if (typed === undefined) return;
      const space = typed.indexOf(" ");
      try {
        const { content } = await vscode.lm.invokeTool(typed.slice(0, space), { input: JSON.parse(typed.slice(space)), toolInvocationToken: undefined });
        void vscode.window.showInformationMessage(`The agent hears: ${content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join(" ")}`);
      } catch (error) {
        void vscode.window.showWarningMessage(`The agent may not: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
}
