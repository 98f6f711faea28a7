// Values in Python's words: MLflow's messages hold them, and clients match on parts of these messages.

/** What `type(value).__name__` says of a JSON value. */
export function pythonType(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return Array.isArray(value) ? "list" : "dict";
}

/** `json.dumps(value)`: ASCII only, with a blank after comma and colon; `compact` is the form of messages: no blanks, sorted keys. */
export function pythonJson(value: unknown, form: "plain" | "compact" = "plain"): string {
  const [comma, colon] = form === "compact" ? [",", ":"] : [", ", ": "];
  if (Array.isArray(value)) return `[${value.map((item: unknown) => pythonJson(item, form)).join(comma)}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (form === "compact") entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${pythonJson(key, form)}${colon}${pythonJson(item, form)}`).join(comma)}}`;
  }
  const text = JSON.stringify(value) ?? "null";
  return text.replaceAll(/[\u007f-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** `repr(text)`, as far as keys and values need it. */
export function pythonRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");
  return `${quote}${quote === "'" ? inner.replaceAll("'", "\\'") : inner}${quote}`;
}

/** `str(float)`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e16) return `${Object.is(value, -0) ? "-0" : value}.0`;
  const text = size >= 1e16 || (size < 1e-4 && size > 0) ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** How many letters Python counts: code points. */
export function pythonLength(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) pairs++;
  return text.length - pairs;
}

/** The first letters of a text, as Python counts them. */
export function pythonCut(text: string, length: number): string {
  return text.length <= length ? text : [...text.slice(0, 2 * length)].slice(0, length).join("");
}
