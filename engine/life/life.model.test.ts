import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../statistics/random.ts";
import { IDLE_MS, World, type WorldEngine } from "./world.fixture.ts";
import { compareVersions } from "./version.ts";

const STEPS = 1000;
const SEEDS = process.env["TOUCHSTONE_LONG"] === "1" ? 300 : 20;
const holds = (engine: WorldEngine): boolean => engine.alive && (engine.state.phase === "opening" || engine.state.phase === "serving" || engine.state.phase === "draining");

/** What must be so at every moment. */
function always(world: World): void {
  const holders = world.engines.filter(holds);
  assert.ok(holders.length <= 1, `engines ${holders.map((engine) => engine.id).join(" and ")} have the store at once`);
  if (holders[0] !== undefined) assert.equal(world.lock, holders[0]);
  for (const engine of world.engines) {
    assert.ok(engine.idleAtLeave === null || engine.idleAtLeave >= IDLE_MS, `engine ${engine.id} left after ${engine.idleAtLeave} ms of idleness`);
  }
  for (const client of world.clients) {
    if (client.alive && client.state.phase === "connected" && client.engine !== null) assert.ok(holds(client.engine));
  }
}

/** What must become so once nobody disturbs any more. */
function settled(world: World): void {
  const limit = world.now + 300_000;
  for (let i = 0; i < 20_000 && world.step(limit); i++) always(world);
  for (const client of world.clients.filter(({ alive }) => alive)) {
    if (client.state.phase === "failed") {
      assert.equal(client.state.reason, "newerEngine");
      continue;
    }
    assert.equal(client.state.phase, "connected", `client ${client.id} is ${client.state.phase}`);
    const { engine } = client;
    assert.ok(engine !== null && engine.state.phase === "serving");
    if (client.policy.upgrades) assert.ok(compareVersions(engine.version, client.policy.own) >= 0, "an older engine serves a newer window");
  }
}

for (let seed = 1; seed <= SEEDS; seed++) {
  test(`${STEPS} random steps of start, kill, second window, upgrade, idle leave (seed ${seed})`, () => {
    const random = createRandom(seed);
    const world = new World(random);
    const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)];
    for (let step = 0; step < STEPS; step++) {
      const dice = random();
      const clients = world.clients.filter(({ alive }) => alive);
      const engine = world.engines.find(holds);
      if (dice < 0.06 && clients.length < 6) world.addClient({ protocol: random() < 0.9 ? 1 : 2, version: `0.${1 + Math.floor(random() * 3)}.0` }, random() < 0.7);
      else if (dice < 0.09) {
        const client = pick(clients);
        if (client !== undefined) world.killClient(client);
      } else if (dice < 0.12) {
        const client = pick(clients);
        if (client !== undefined) world.disposeClient(client);
      } else if (dice < 0.16 && engine !== undefined) world.killEngine(engine);
      else if (dice < 0.2 && engine?.state.phase === "serving") world.setLaunches(engine, Math.floor(random() * 3));
      else if (dice < 0.23) for (const client of clients) if (client.state.phase === "failed") world.feedClient(client, { type: "begin" });
      if (dice > 0.97) world.now += Math.floor(random() * IDLE_MS * 1.5);
      for (let i = 0; i < 1 + Math.floor(random() * 5); i++) {
        world.step(world.now + 500);
        always(world);
      }
      if (step % 100 === 99) settled(world);
    }
  });
}

test("an engine leaves ten minutes after the last client and launch, not before", () => {
  const random = createRandom(7);
  const world = new World(random);
  const run = (until: number): void => {
    while (world.step(until));
    world.now = until;
  };
  world.addClient({ protocol: 1, version: "0.1.0" }, true);
  run(5000);
  const [engine] = world.engines;
  const [client] = world.clients;
  assert.ok(engine !== undefined && client !== undefined && engine.state.phase === "serving");
  world.setLaunches(engine, 1);
  world.disposeClient(client);
  run(5000 + 3 * IDLE_MS);
  assert.equal(engine.alive, true, "a live launch keeps it");
  world.setLaunches(engine, 0);
  const lonely = world.now;
  run(lonely + IDLE_MS - 1);
  assert.equal(engine.alive, true);
  run(lonely + IDLE_MS + 1000);
  assert.equal(engine.alive, false);
  assert.equal(world.lock, null);
  assert.equal(world.address, null);
});
