// Each layout is what a library or a person really writes; the expected roles were read by a person.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { look } from "../tables/shape.ts";
import { openSource } from "../tables/source.ts";
import { guessMapping } from "./mapping.ts";

const folder = fileURLToPath(new URL("../../test/fixtures/evaluation/", import.meta.url));

const expected: Readonly<Record<string, { readonly task: string; readonly positive: string | null; readonly roles: Readonly<Record<string, string>> }>> = {
  "autogluon-class-names.csv": { task: "binary", positive: "1", roles: {"0":"probability(0)","1":"probability(1)","x1":"feature","colour":"feature","label":"label","prediction":"prediction"} },
  "azure-scored.csv": { task: "binary", positive: ">50K", roles: {"age":"feature","income":"label","Scored Labels":"prediction","Scored Probabilities":"probability(>50K)"} },
  "h2o.csv": { task: "binary", positive: "1", roles: {"actual":"label","predict":"prediction","p0":"probability(0)","p1":"probability(1)"} },
  "hf-trainer.jsonl": { task: "binary", positive: "1", roles: {"text":"feature","label":"label","prediction":"prediction","probs":"probability(0|1)"} },
  "kaggle-survived.csv": { task: "binary", positive: "1", roles: {"PassengerId":"id","Pclass":"feature","Sex":"feature","Age":"feature","Survived":"label","Survived_pred":"prediction"} },
  "keras-images.csv": { task: "multiclass", positive: null, roles: {"filename":"id","class":"label","predicted_class":"prediction","prob_cat":"probability(cat)","prob_dog":"probability(dog)","prob_fox":"probability(fox)"} },
  "lightgbm-fractional.csv": { task: "binary", positive: "1", roles: {"age":"feature","hours":"feature","target":"label","prediction":"probability(1)"} },
  "llm-eval.jsonl": { task: "multiclass", positive: null, roles: {"doc_id":"id","prompt":"feature","target":"label","output":"prediction","acc":"ignore"} },
  "nested-scores.jsonl": { task: "multiclass", positive: null, roles: {"id":"id","input":"feature","label":"label","prediction":"prediction","scores.pos":"probability(pos)","scores.neg":"probability(neg)","scores.mix":"probability(mix)"} },
  "pandas-index.csv": { task: "multiclass", positive: null, roles: {"column0":"id","target":"label","prediction":"prediction"} },
  "prophet.csv": { task: "regression", positive: null, roles: {"ds":"time","y":"label","yhat":"prediction","yhat_lower":"ignore","yhat_upper":"ignore"} },
  "ratings.csv": { task: "regression", positive: null, roles: {"user":"feature","item":"feature","rating":"label","predicted_rating":"prediction"} },
  "semicolon-decimal.csv": { task: "regression", positive: null, roles: {"row_id":"id","y_test":"label","y_hat":"prediction"} },
  "sklearn-three-columns.csv": { task: "binary", positive: "1", roles: {"y_true":"label","y_pred":"prediction","y_prob":"probability(1)"} },
  "spaces-and-quotes.tsv": { task: "binary", positive: "tree, oak", roles: {"Image Path":"id","True Label":"label","Predicted Label":"prediction","Confidence":"feature"} },
  "spark-vector.csv": { task: "binary", positive: "1", roles: {"id":"id","label":"label","probability":"probability(0|1)","prediction":"prediction"} },
  "statsmodels.csv": { task: "regression", positive: null, roles: {"gnp":"feature","unemp":"feature","actual":"label","fitted":"prediction","resid":"ignore"} },
  "tidymodels-regression.csv": { task: "regression", positive: null, roles: {".pred":"prediction","price":"label","sqft":"feature"} },
  "tidymodels.csv": { task: "binary", positive: "Yes", roles: {".pred_class":"prediction",".pred_No":"probability(No)",".pred_Yes":"probability(Yes)","tenure":"feature","churn":"label"} },
  "torch-eval.csv": { task: "multiclass", positive: null, roles: {"path":"id","target":"label","pred":"prediction","loss":"loss"} },
  "vertex-scores.csv": { task: "binary", positive: ">50K", roles: {"income":"label","predicted_income":"prediction","income_<=50K_scores":"probability(<=50K)","income_>50K_scores":"probability(>50K)"} },
  "weights-groups-tags.csv": { task: "multiclass", positive: null, roles: {"sample_id":"id","split":"split","group":"group","timestamp":"time","sample_weight":"weight","tag_noisy":"tag","tag_short":"tag","text":"feature","label":"label","pred":"prediction","loss":"loss"} },
  "yardstick.parquet": { task: "binary", positive: "Class2", roles: {"truth":"label","Class1":"probability(Class1)","Class2":"probability(Class2)","predicted":"prediction","x":"feature","is_new":"feature"} },
  "two_class_example.csv": { task: "binary", positive: "Class2", roles: {"truth":"label","Class1":"probability(Class1)","Class2":"probability(Class2)","predicted":"prediction"} },
  "hpc_cv.csv": { task: "multiclass", positive: null, roles: {"obs":"label","pred":"prediction","VF":"probability(VF)","F":"probability(F)","M":"probability(M)","L":"probability(L)","Resample":"split"} },
};

for (const [file, mapping] of Object.entries(expected)) {
  test(`mapping of ${file}`, async () => {
    const path = [`${folder}layouts/${file}`, `${folder}${file}`].find((each) => existsSync(each)) ?? "";
    const source = await openSource(path);
    try {
      const guessed = guessMapping(await look(source));
      const roles = Object.fromEntries(guessed.columns.map(({ column, role, classes }) => [column, classes === undefined ? role : `${role}(${classes.join("|")})`]));
      assert.deepEqual({ task: guessed.task, positive: guessed.positive, roles }, mapping);
    } finally {
      source.close();
    }
  });
}
