import { html, type TemplateResult } from "lit";

/**
 * Guidelines as people write them: headings, paragraphs, lists, **bold**, *italic*, `code`. Everything else, HTML and
 * links included, stays the text that it is, so a label set from elsewhere can bring nothing into the page.
 */
export function markdown(text: string): TemplateResult[] {
  const blocks: TemplateResult[] = [];
  let paragraph: string[] = [];
  let list: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0) blocks.push(html`<p>${inline(paragraph.join(" "))}</p>`);
    if (list.length > 0) blocks.push(html`<ul>${list.map((one) => html`<li>${inline(one)}</li>`)}</ul>`);
    paragraph = [];
    list = [];
  };
  for (const line of text.split(/\r?\n/)) {
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const bullet = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line);
    if (heading) {
      flush();
      blocks.push((heading[1] ?? "").length === 1 ? html`<h2>${inline(heading[2] ?? "")}</h2>` : html`<h3>${inline(heading[2] ?? "")}</h3>`);
    } else if (bullet) {
      if (paragraph.length > 0) flush();
      list.push(bullet[1] ?? "");
    } else if (line.trim() === "") flush();
    else if (list.length > 0 && /^\s+/.test(line)) list.push(`${list.pop() ?? ""} ${line.trim()}`);
    else {
      if (list.length > 0) flush();
      paragraph.push(line.trim());
    }
  }
  flush();
  return blocks;
}

function inline(text: string): unknown[] {
  return text.split(/(\*\*[^*]+\*\*|`[^`]+`|\*[^*\s][^*]*\*)/).map((part) => {
    if (part.startsWith("**") && part.length > 4) return html`<strong>${part.slice(2, -2)}</strong>`;
    if (part.startsWith("`") && part.length > 2) return html`<code>${part.slice(1, -1)}</code>`;
    return part.startsWith("*") && part.length > 2 ? html`<em>${part.slice(1, -1)}</em>` : part;
  });
}
