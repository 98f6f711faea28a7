import { html, nothing, type TemplateResult } from "lit";

type Piece = TemplateResult | string;

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*([^*\s](?:[^*]*[^*\s])?)\*|(?<![\w])_([^_\s](?:[^_]*[^_\s])?)_(?![\w])|!?\[([^\]]*)\]\(([^)\s]+)(?:\s+"[^"]*")?\)|~~(.+?)~~/;

/** Emphasis, code, links: a link's address is told on hover and opens nothing, because a preview has no network. */
function inline(text: string): Piece[] {
  const match = INLINE.exec(text);
  if (match === null) return [text];
  const [whole, , code, strong, strong2, emphasis, emphasis2, label, address, struck] = match;
  const inner =
    code !== undefined ? html`<code>${code}</code>`
    : strong !== undefined || strong2 !== undefined ? html`<b>${inline(strong ?? strong2 ?? "")}</b>`
    : emphasis !== undefined || emphasis2 !== undefined ? html`<i>${inline(emphasis ?? emphasis2 ?? "")}</i>`
    : struck !== undefined ? html`<s>${inline(struck)}</s>`
    : html`<span class="address" title=${address ?? ""}>${inline(label === undefined || label === "" ? (address ?? "") : label)}</span>`;
  return [text.slice(0, match.index), inner, ...inline(text.slice(match.index + whole.length))];
}

const LIST = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;
const FENCE = /^\s*(```+|~~~+)\s*(.*)$/;

/**
 * The common part of CommonMark and GitHub's tables as a template: headings, paragraphs, lists, quotes, code, tables, rules. HTML in
 * it stands as the text that it is, so nothing of a file can act in the page.
 */
export function markdown(source: string): TemplateResult {
  return html`${blocks(source.replaceAll("\r\n", "\n").split("\n"))}`;
}

function blocks(lines: readonly string[]): TemplateResult[] {
  const made: TemplateResult[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const fence = FENCE.exec(line);
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (line.trim() === "") at += 1;
    else if (fence !== null) {
      let end = at + 1;
      while (end < lines.length && !(lines[end] ?? "").trim().startsWith(fence[1] ?? "```")) end += 1;
      made.push(html`<pre>${lines.slice(at + 1, end).join("\n")}</pre>`);
      at = end + 1;
    } else if (heading !== null) {
      made.push(headingOf(heading[1]?.length ?? 1, inline(heading[2] ?? "")));
      at += 1;
    } else if (/^\s*([-*_])\s*(\1\s*){2,}$/.test(line)) {
      made.push(html`<hr />`);
      at += 1;
    } else if (line.startsWith(">")) {
      const end = until(lines, at, (text) => !text.startsWith(">"));
      made.push(html`<blockquote>${blocks(lines.slice(at, end).map((text) => text.replace(/^> ?/, "")))}</blockquote>`);
      at = end;
    } else if (line.includes("|") && /^\s*\|?[\s:|-]*-[\s:|-]*$/.test(lines[at + 1] ?? "") && (lines[at + 1] ?? "").includes("|")) {
      const end = until(lines, at, (text) => !text.includes("|"));
      made.push(table(lines.slice(at, end)));
      at = end;
    } else if (LIST.test(line)) {
      const end = until(lines, at, (text) => text.trim() === "" || !(LIST.test(text) || /^\s/.test(text)));
      made.push(list(lines.slice(at, end)));
      at = end;
    } else {
      const end = until(lines, at, (text) => text.trim() === "" || FENCE.test(text) || /^#{1,6}\s/.test(text) || LIST.test(text) || text.startsWith(">"));
      made.push(html`<p>${inline(lines.slice(at, end).join(" "))}</p>`);
      at = end;
    }
  }
  return made;
}

/** The next line after `at` at which `over` holds, or the end. */
function until(lines: readonly string[], at: number, over: (line: string) => boolean): number {
  let end = at + 1;
  while (end < lines.length && !over(lines[end] ?? "")) end += 1;
  return end;
}

/** A preview stands below the page's own headings. */
function headingOf(level: number, text: readonly Piece[]): TemplateResult {
  if (level === 1) return html`<h3 class="h1">${text}</h3>`;
  return level === 2 ? html`<h4 class="h2">${text}</h4>` : html`<h5>${text}</h5>`;
}

/** Items of one depth; what stands deeper is a list in the item above it. */
function list(lines: readonly string[]): TemplateResult {
  const items: { text: string[]; inner: string[] }[] = [];
  const depth = (LIST.exec(lines[0] ?? "")?.[1] ?? "").length;
  for (const line of lines) {
    const match = LIST.exec(line);
    const last = items.at(-1);
    if (match !== null && ((match[1] ?? "").length <= depth || last === undefined)) items.push({ text: [match[3] ?? ""], inner: [] });
    else if (last !== undefined && (match !== null || last.inner.length > 0)) last.inner.push(line);
    else last?.text.push(line.trim());
  }
  const body = items.map(({ text, inner }) => html`<li>${inline(text.join(" ").replace(/^\[x\]/i, "☑").replace(/^\[ \]/, "☐"))}${inner.length === 0 ? nothing : list(inner)}</li>`);
  return /^\s*\d/.test(lines[0] ?? "") ? html`<ol>${body}</ol>` : html`<ul>${body}</ul>`;
}

function table(lines: readonly string[]): TemplateResult {
  const cells = (line: string): string[] => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const [head = "", rule = "", ...rows] = lines;
  const right = cells(rule).map((cell) => cell.endsWith(":") && !cell.startsWith(":"));
  return html`<table><thead><tr>${cells(head).map((cell, i) => html`<th class=${right[i] ? "num" : ""}>${inline(cell)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${cells(row).map((cell, i) => html`<td class=${right[i] ? "num" : ""}>${inline(cell)}</td>`)}</tr>`)}</tbody></table>`;
}
