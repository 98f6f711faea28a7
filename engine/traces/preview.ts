import { type PythonMap, type PythonValue, isMap, pythonLoadsOr } from "./pythonJson.ts";

/** Characters of a preview; longer ones end in three points. */
const LENGTH = 1000;

/**
 * What a list of traces shows of what went in or came out, from its JSON: of a chat the last message of that role, else the JSON itself
 * (mlflow/tracing/utils/truncation.py). Null where there is nothing.
 */
export function preview(json: string | undefined, role: "user" | "assistant"): string | null {
  if (json === undefined || json === "") return null;
  const messages = messagesOf(pythonLoadsOr(json));
  const message = messages.findLast((one) => one.get("role") === role) ?? messages.at(-1);
  const text = Array.from((message && textOf(message.get("content"))) || json);
  return text.length <= LENGTH ? text.join("") : `${text.slice(0, LENGTH - 3).join("")}...`;
}

/** The messages of a request or an answer in the forms of OpenAI's interfaces. */
function messagesOf(value: PythonValue | undefined): PythonMap[] {
  if (!isMap(value)) return [];
  const messages = value.get("messages");
  if (Array.isArray(messages) && messages.length > 0) return messagesIn(messages);
  const choices = value.get("choices");
  const choice = Array.isArray(choices) ? choices[0] : undefined;
  const chosen = isMap(choice) ? messagesIn([choice.get("message") ?? null]) : [];
  if (chosen.length > 0) return chosen;
  for (const key of ["input", "output"]) {
    const list = value.get(key);
    if (Array.isArray(list) && list.length > 0) return messagesIn(list);
  }
  return messagesOf(value.get("request"));
}

function messagesIn(list: PythonValue | undefined): PythonMap[] {
  return Array.isArray(list) ? list.filter(isMap).filter((one) => one.has("role") && one.has("content")) : [];
}

function textOf(content: PythonValue | undefined): string {
  if (typeof content === "string") return content;
  for (const part of Array.isArray(content) ? content : []) {
    if (typeof part === "string") return part;
    if (isMap(part) && (part.get("type") === "text" || part.get("type") === "output_text")) return String(part.get("text") ?? "");
  }
  return "";
}

