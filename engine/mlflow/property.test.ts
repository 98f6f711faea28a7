import { artifacts } from "./property/artifacts.fixture.ts";
import { evaluationDatasets } from "./property/datasets.fixture.ts";
import { loggedModels } from "./property/models.fixture.ts";
import { registry } from "./property/registry.fixture.ts";
import { runs } from "./property/runs.fixture.ts";
import { property } from "./property/sequence.fixture.ts";
import { traces } from "./property/traces.fixture.ts";

property(runs, 150);
property(loggedModels);
property(registry);
property(artifacts, 80);
property(traces);
property(evaluationDatasets, 80);
