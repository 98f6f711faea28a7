import { test } from "node:test";
import { caller } from "./model.fixture.ts";
import { experimentSearch, registeredSearch, versionSearch } from "./property/registrySearch.fixture.ts";
import { type SearchKind, searches } from "./property/search.fixture.ts";
import { speakerOf } from "./property/sequence.fixture.ts";
import { loggedModelSearch, traceSearch } from "./property/traceSearch.fixture.ts";
import { openDoor } from "./server.fixture.ts";

const long = process.env["TOUCHSTONE_LONG"] === "1";

/** Beside the real reference server the plain part of it stands in test/differential. */
function property<V>(kind: SearchKind<V>): void {
  test(`${kind.name}: random filters and orders find what an evaluator finds that reads no text`, async () => {
    const door = await openDoor();
    try {
      const sides = [{ name: "here", door: speakerOf(caller(door)) }];
      for (let seed = 1; seed <= (long ? 30 : 2); seed++) {
        for (const full of [false, true]) await searches(kind, sides, { seed, filters: long ? 100 : 40, full, mark: `m${seed}${full ? "f" : "p"}` });
      }
    } finally {
      await door.close();
    }
  });
}

property(experimentSearch);
property(registeredSearch);
property(versionSearch);
property(loggedModelSearch);
property(traceSearch);
