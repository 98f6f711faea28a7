import assert from "node:assert/strict";
import { test } from "node:test";
import { nothing, type TemplateResult } from "lit";
import { markdown } from "./markdown.ts";

/** The template as text, values in their places; what a browser would show of a value is escaped, so brackets stand for themselves. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join("");
  if (value === nothing) return "";
  if (typeof value !== "object" || value === null || !("strings" in value)) return String(value).replaceAll("<", "‹").replaceAll(">", "›");
  // SAFETY: what has `strings` is a template.
  const { strings, values } = value as TemplateResult;
  return strings.map((text, i) => text + (i < values.length ? shown(values[i]) : "")).join("").replaceAll(/\n\s*/g, "");
}

test("the common part of Markdown", () => {
  const text = shown(markdown("# Top\n\nSome *words*, **bold** `a<b` and ~~gone~~ [a link](http://x.y \"t\").\n\n- one\n- [x] two\n  1. inner\n\n> quoted\n\n```py\nx = 1\n```\n\n| a | b |\n|---|--:|\n| 1 | **2** |\n\n---\n"));
  for (const part of ['<h3 class="h1">Top</h3>', "<i>words</i>", "<b>bold</b>", "<code>a‹b</code>", "<s>gone</s>", '<span class="address" title=http://x.y>a link</span>', "<ul><li>one</li>", "☑ two", "<ol start=1><li>inner</li></ol>", "<blockquote><p>quoted</p></blockquote>", "<pre>x = 1</pre>", "<th class=num>b</th>", "<td class=num><b>2</b></td>", "<hr />"]) assert.ok(text.includes(part), `${part} in ${text}`);
});

test("HTML, scripts and addresses of a file stay text", () => {
  const text = shown(markdown('<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> a <b onclick="x()">c</b> [x](javascript:alert(1)) ![p](http://evil/p.png)\n'));
  assert.doesNotMatch(text, /<script|<img|<b |href=|src=http/);
  assert.match(text, /‹script›alert\(1\)‹\/script›/);
});

test("what was made to be hard is read in time, or refused with a RangeError that the preview turns into words", () => {
  for (const hard of ["[".repeat(80_000), "``".repeat(20_000), "`a`".repeat(14_000), "*a ".repeat(30_000), "<".repeat(80_000)]) assert.ok(shown(markdown(hard)).length > 0);
  for (const deep of [">".repeat(20_000), ">".repeat(100), `${"*".repeat(4_000)}a${"*".repeat(4_000)}`]) assert.throws(() => markdown(deep), RangeError);
});
