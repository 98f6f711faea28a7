import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema, type CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { agentCall, agentsCall, agentsQuestion, agentTools } from "../../api/agents.ts";
import { mcpAnswer } from "../../api/cli.ts";
import type { EngineConnection } from "../../api/connect.ts";
import { TouchstoneError } from "../../api/tokens.ts";
import { hasStore } from "../../life/folder.ts";
import { OWN_VERSION } from "../../life/version.ts";
import { userEnvironment } from "../../platform/environment.ts";
import { type Call, defineCommand } from "../command.ts";
import { toJson } from "../wire.ts";

/** How long a person may think about a question. */
const THINKING_MS = 10 * 60 * 1000;

export const command = defineCommand({
  usage: "[options]",
  options: {
    "allow-writes": { about: "do not ask before a tool starts a run, tags, notes, suggests or reads a file outside of the folder (for clients that ask the person themselves)" },
  },
  schema: mcpAnswer,
  async run(call) {
    const server = createServer(call);
    const ended = new Promise<void>((done) => {
      // The client hung up; the transport itself does not look for the end of its input.
      process.stdin.once("end", done);
      call.signal.addEventListener("abort", () => done(), { once: true });
    });
    await server.connect(new StdioServerTransport());
    await ended;
    await server.close();
    return { answer: null };
  },
  print() {
    // Standard output belongs to the protocol.
  },
});

function createServer(call: Call): Server {
  // Clients start the server to see its tools: a store is made by the first call of one, not by that.
  let connection = hasStore(call.folder) ? call.engine() : null;
  const engine = (): EngineConnection => (connection ??= call.engine());
  const server = new Server(
    { name: "touchstone", title: "Touchstone", version: OWN_VERSION.version },
    { capabilities: { tools: {} }, instructions: "Recorded training runs, evaluations of predictions and label sets of this folder. Reading within the folder is free; what writes, or reads predictions elsewhere, asks the person." },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: agentTools.map(({ name, title, description, input, writes }) => ({
      name,
      title,
      description,
      inputSchema: { ...input, type: "object" as const },
      annotations: { title, readOnlyHint: !writes, destructiveHint: false, openWorldHint: false },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }): Promise<CallToolResult> => {
    const asked = agentCall({ tool: params.name, input: params.arguments ?? {}, agent: server.getClientVersion()?.name ?? "agent", cwd: call.folder, env: userEnvironment(process.env) });
    try {
      const { question } = await engine().request(agentsQuestion, asked, { signal });
      if (question !== null && !call.options.flag("allow-writes")) {
        const refusal = await refused(server, question, agentTools.some(({ name, writes }) => name === params.name && writes) ? "changed" : "read");
        if (refusal !== null) return failure(refusal);
      }
      const { text, data } = await engine().request(agentsCall, asked, { signal });
      // Through JSON, so that NaN and infinities stand as their words.
      return { content: [{ type: "text", text }], structuredContent: JSON.parse(toJson(data)) };
    } catch (error) {
      if (error instanceof TouchstoneError) return failure([error.shape.file, error.shape.message, error.shape.hint].filter((part) => part !== undefined).join(" "));
      throw error;
    }
  });
  return server;
}

/** Why a call does not happen, null where the person agreed. */
async function refused(server: Server, question: string, what: "changed" | "read"): Promise<string | null> {
  if (server.getClientCapabilities()?.elicitation === undefined) {
    return `This client cannot ask the person (it has no elicitation), so nothing was ${what}. Do it in the editor, or start \`touchstone mcp --allow-writes\` where the client itself asks before each call.`;
  }
  const { action } = await server.elicitInput({ mode: "form", message: question, requestedSchema: { type: "object", properties: {} } }, { timeout: THINKING_MS });
  return action === "accept" ? null : `The person said no; nothing was ${what}.`;
}

function failure(text: string): CallToolResult {
  return { isError: true, content: [{ type: "text", text }] };
}
