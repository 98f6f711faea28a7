// Predicts who earns more than 50K a year, in plain JavaScript: for a machine without Python.
// node train.mjs --lr 0.02 --epochs 20
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values: args } = parseArgs({
  options: {
    lr: { type: "string", default: "0.02" },
    epochs: { type: "string", default: "20" },
    threshold: { type: "string", default: "0.5" },
  },
});
const lr = Number(args.lr);
const epochs = Number(args.epochs);
const threshold = Number(args.threshold);

const SCALE = { age: 20, education_num: 4, capital_gain: 10000, capital_loss: 2000, hours_per_week: 20 };
const [header, ...lines] = readFileSync(new URL("data/adult.csv", import.meta.url), "utf8").trimEnd().split("\n");
const names = header.split(",");

/** The active features of a row as [name, value]: numbers scaled, categories one-hot. */
function featuresOf(cells) {
  const active = [["bias", 1]];
  names.forEach((name, index) => {
    if (name in SCALE) active.push([name, Number(cells[index]) / SCALE[name]]);
    else if (name !== "id" && name !== "income") active.push([`${name}=${cells[index]}`, 1]);
  });
  return active;
}

const rows = lines.map((line) => {
  const cells = line.split(",");
  return { cells, features: featuresOf(cells), label: cells.at(-1) === ">50K" ? 1 : 0 };
});
// Every third row is held out: the same rows in every run.
const valid = rows.filter((_, index) => index % 3 === 0);
const train = rows.filter((_, index) => index % 3 !== 0);

const weights = new Map();
const sigmoid = (score) => 1 / (1 + Math.exp(-Math.max(-30, Math.min(30, score))));
const probability = (row) => sigmoid(row.features.reduce((sum, [name, value]) => sum + (weights.get(name) ?? 0) * value, 0));

function logLoss(data) {
  const total = data.reduce((sum, row) => {
    const p = Math.min(Math.max(probability(row), 1e-7), 1 - 1e-7);
    return sum - Math.log(row.label ? p : 1 - p);
  }, 0);
  return total / data.length;
}

for (let epoch = 1; epoch <= epochs; epoch += 1) {
  for (const row of train) {
    const error = probability(row) - row.label;
    for (const [name, value] of row.features) weights.set(name, (weights.get(name) ?? 0) - (lr / epoch) * error * value);
  }
  const valLoss = logLoss(valid);
  const accuracy = valid.filter((row) => probability(row) >= threshold === (row.label === 1)).length / valid.length;
  console.log(`epoch ${epoch}/${epochs} val_loss=${valLoss.toFixed(4)} val_accuracy=${accuracy.toFixed(4)}`);
}

const out = valid.map((row) => {
  const p = probability(row);
  return [...row.cells.slice(0, -1), row.cells.at(-1), p >= threshold ? ">50K" : "<=50K", p.toFixed(5)].join(",");
});
writeFileSync(new URL("predictions_js.csv", import.meta.url), [`${names.slice(0, -1).join(",")},label,prediction,p_>50K`, ...out].join("\n") + "\n");
