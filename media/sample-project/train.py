"""Predicts who earns more than 50K a year: logistic regression by stochastic gradient descent.

Standard library only, a second or two. Try: python train.py --lr 0.1 --epochs 40
"""
import argparse
import csv
import math
import random
from pathlib import Path

try:
    import touchstone  # on the path of a tracked run only
except ImportError:
    touchstone = None

HERE = Path(__file__).parent
NUMERIC = {"age": 20, "education_num": 4, "capital_gain": 10000, "capital_loss": 2000, "hours_per_week": 20}


def load(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def features(row):
    """The active features of a row as (name, value): numbers scaled, categories one-hot."""
    active = [("bias", 1.0)]
    for name, value in row.items():
        if name in NUMERIC:
            active.append((name, float(value) / NUMERIC[name]))
        elif name not in ("id", "income"):
            active.append((f"{name}={value}", 1.0))
    return active


def probability(weights, active):
    score = sum(weights.get(name, 0.0) * value for name, value in active)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def log_loss(weights, data):
    total = 0.0
    for active, label in data:
        p = min(max(probability(weights, active), 1e-7), 1 - 1e-7)
        total -= math.log(p if label else 1 - p)
    return total / len(data)


def f1(weights, data, threshold):
    hits = [(probability(weights, active) >= threshold, label) for active, label in data]
    true_positive = sum(p and l for p, l in hits)
    wrong = sum(p != bool(l) for p, l in hits)
    return 2 * true_positive / (2 * true_positive + wrong) if true_positive else 0.0


def epoch_of(weights, data, lr, l2):
    for active, label in data:
        error = probability(weights, active) - label
        for name, value in active:
            weight = weights.get(name, 0.0)
            weights[name] = weight - lr * (error * value + l2 * weight)


def main(args):
    rows = load(HERE / "data" / "adult.csv")
    random.Random(args.seed).shuffle(rows)
    data = [(features(row), int(row["income"] == ">50K")) for row in rows]
    held_out = len(rows) // 3
    train, valid = data[held_out:], data[:held_out]

    weights = {}
    for epoch in range(1, args.epochs + 1):
        epoch_of(weights, train, args.lr / epoch, args.l2)
        train_loss, val_loss = log_loss(weights, train), log_loss(weights, valid)
        val_f1 = f1(weights, valid, args.threshold)
        print(f"epoch {epoch}/{args.epochs} train_loss={train_loss:.4f} val_loss={val_loss:.4f} val_f1={val_f1:.4f}", flush=True)
        if touchstone:
            touchstone.log({"train_loss": train_loss}, step=epoch)
            touchstone.log({"val_loss": val_loss}, step=epoch)
            touchstone.log({"val_f1": val_f1}, step=epoch)

    with open(HERE / "predictions.csv", "w", newline="") as file:
        columns = list(rows[0])
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*columns[:-1], "label", "prediction", "p_>50K"])
        for row, (active, _) in zip(rows[:held_out], valid):
            p = probability(weights, active)
            writer.writerow([*(row[name] for name in columns[:-1]), row["income"], ">50K" if p >= args.threshold else "<=50K", f"{p:.5f}"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.02, help="learning rate of the first epoch")
    parser.add_argument("--l2", type=float, default=1e-4, help="weight decay")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--threshold", type=float, default=0.5, help="probability from which a row counts as >50K")
    parser.add_argument("--seed", type=int, default=0)
    main(parser.parse_args())
