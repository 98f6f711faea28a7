import assert from "node:assert/strict";
import { test } from "node:test";
import { Credentials } from "./credentials.ts";

const uri = "https://mlflow.example.com";
const ada = { uri, username: "ada", password: "one" };
const grace = { uri, token: "two" };

function open(): { credentials: Credentials; names: () => string[] } {
  const kept = new Map<string, string>();
  const secrets = { get: async (name: string) => kept.get(name), store: async (name: string, value: string) => void kept.set(name, value), delete: async (name: string) => void kept.delete(name) };
  return { credentials: new Credentials(secrets), names: () => [...kept.keys()] };
}

test("each folder has its own credentials for a server, and lets go of its own only", async () => {
  const { credentials, names } = open();
  await credentials.keep("/a", ada);
  await credentials.keep("/b", grace);
  assert.deepEqual([await credentials.addressOf("/a", uri), await credentials.addressOf("/b", uri)], [ada, grace]);
  await credentials.forget("/a", uri);
  assert.deepEqual([await credentials.addressOf("/a", uri), await credentials.addressOf("/b", uri)], [{ uri }, grace]);
  assert.equal(names().length, 1);
});

test("a server that is connected anew without credentials gets none; those of before are kept nowhere", async () => {
  const { credentials, names } = open();
  await credentials.keep("/a", ada);
  await credentials.keep("/a", grace);
  assert.deepEqual(await credentials.addressOf("/a", uri), grace);
  await credentials.keep("/a", { uri });
  assert.deepEqual([await credentials.addressOf("/a", uri), names()], [{ uri }, []]);
});
