import { html, nothing, type TemplateResult } from "lit";
import { lexer, type MarkedToken, type Token, type Tokens } from "marked";

/** Quotes and lists inside of each other beyond this are no text for people, and a page cannot hold them. */
const DEEPEST = 40;

/**
 * CommonMark and GitHub's tables as a template. HTML in it stands as the text that it is, and a link's address is told on hover and opens
 * nothing: nothing of a file can act in the page. Throws a RangeError where it is nested too deeply to be shown.
 */
export function markdown(source: string): TemplateResult {
  return html`${all(lexer(source), 0)}`;
}

function all(tokens: readonly Token[] | undefined, depth: number): (TemplateResult | string | typeof nothing)[] {
  if (depth > DEEPEST) throw new RangeError("Nested too deeply.");
  // SAFETY: without extensions marked makes no other tokens than those of its own union.
  return (tokens ?? []).map((token) => one(token as MarkedToken, depth + 1));
}

function one(token: MarkedToken, depth: number): TemplateResult | string | typeof nothing {
  switch (token.type) {
    case "heading":
      return heading(token.depth, all(token.tokens, depth));
    case "paragraph":
      return html`<p>${all(token.tokens, depth)}</p>`;
    case "code":
      return html`<pre>${token.text}</pre>`;
    case "blockquote":
      return html`<blockquote>${all(token.tokens, depth)}</blockquote>`;
    case "hr":
      return html`<hr />`;
    case "list":
      return list(token, depth);
    case "table":
      return table(token, depth);
    case "text":
      return "tokens" in token && token.tokens !== undefined ? html`${all(token.tokens, depth)}` : token.text;
    case "escape":
      return token.text;
    case "strong":
      return html`<b>${all(token.tokens, depth)}</b>`;
    case "em":
      return html`<i>${all(token.tokens, depth)}</i>`;
    case "del":
      return html`<s>${all(token.tokens, depth)}</s>`;
    case "codespan":
      return html`<code>${token.text}</code>`;
    case "br":
      return html`<br />`;
    case "link":
      return html`<span class="address" title=${token.href}>${all(token.tokens, depth)}</span>`;
    case "image":
      return html`<span class="address" title=${token.href}>${token.text === "" ? token.href : token.text}</span>`;
    case "space":
    case "def":
    case "checkbox":
      return nothing;
    default:
      return token.raw;
  }
}

type Content = ReturnType<typeof all>;

/** A preview stands below the page's own headings. */
function heading(level: number, text: Content): TemplateResult {
  if (level === 1) return html`<h3 class="h1">${text}</h3>`;
  return level === 2 ? html`<h4 class="h2">${text}</h4>` : html`<h5>${text}</h5>`;
}

function list({ ordered, start, items }: Tokens.List, depth: number): TemplateResult {
  const body = items.map(({ task, checked, tokens }) => html`<li>${task ? (checked === true ? "☑ " : "☐ ") : nothing}${all(tokens, depth)}</li>`);
  return ordered ? html`<ol start=${Number(start)}>${body}</ol>` : html`<ul>${body}</ul>`;
}

function table({ header, rows }: Tokens.Table, depth: number): TemplateResult {
  const side = (cell: Tokens.TableCell): string => (cell.align === "right" ? "num" : "");
  return html`<table><thead><tr>${header.map((cell) => html`<th class=${side(cell)}>${all(cell.tokens, depth)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td class=${side(cell)}>${all(cell.tokens, depth)}</td>`)}</tr>`)}</tbody></table>`;
}
