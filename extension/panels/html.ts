import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** The page of a panel: a strict policy, the bundle, nothing inline. */
export function panelHtml(webview: vscode.Webview, dist: vscode.Uri, bundle: string, title: string): string {
  const nonce = randomBytes(18).toString("base64");
  const script = webview.asWebviewUri(vscode.Uri.joinPath(dist, "webviews", `${bundle}.js`));
  const icons = webview.asWebviewUri(vscode.Uri.joinPath(dist, "codicons", "codicon.css"));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} blob:`,
    `media-src ${webview.cspSource}`,
    `connect-src ${webview.cspSource}`,
  ].join("; ");
  // A block of data, which no policy runs; `<` must not end it.
  const texts = JSON.stringify(vscode.l10n.bundle ?? {}).replaceAll("<", String.raw`\u003c`);
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="stylesheet" href="${icons}" id="vscode-codicon-stylesheet" nonce="${nonce}">
</head>
<body>
<script type="application/json" id="l10n">${texts}</script>
<script type="module" nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

/** A page with nothing but a sentence: why there is no panel. */
export function noticeHtml(words: string): string {
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
<title>Touchstone</title>
</head>
<body>
<p role="alert">${escaped(words)}</p>
</body>
</html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
