/** Puts generated Markdown between `<!-- name: … -->` and the next `<!-- end -->`. @throws Error where the markers are missing. */
export function withGenerated(document: string, name: string, generated: string): string {
  const pattern = new RegExp(`(<!-- ${name}:[^\\n]*-->\\n)[\\s\\S]*?(<!-- end -->)`);
  if (!pattern.test(document)) throw new Error(`The document has no place for ${name}.`);
  return document.replace(pattern, (_all, open: string, end: string) => `${open}\n${generated}\n\n${end}`);
}
