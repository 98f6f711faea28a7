import { addBlock, BLOCK_COLUMNS as columns, blockOfPoint, type BlockRow, blockOfRow, BLOCKS_FROM, type CurveBlock, type CurvePoint, inOrder, joined, levelFor, rowOfBlock, widened } from "../blocks.ts";
import type { Db } from "../connection.ts";
import { loadedNumber } from "../records.ts";

/** Points of an older curve that become blocks in one transaction: some milliseconds, in which nothing else is acknowledged. */
const SLICE = 5_000;

type StoredPoint = [step: number, time: number, value: number | string];

/** How far the blocks of an older curve are: their level, and the last point in them; null before the first. */
interface Waiting {
  readonly level: number | null;
  readonly step: number | null;
  readonly time: number | null;
  readonly value: number | string | null;
}

/** Keeps the blocks of long curves, in the transaction that writes their points. */
export function blockWrites(db: Db) {
  const get = db.prepare<[number, number, number], BlockRow>(`SELECT ${columns} FROM curve_blocks WHERE run_key = ? AND key_id = ? AND block = ?`).raw();
  const all = db.prepare<[number, number], BlockRow>(`SELECT ${columns} FROM curve_blocks WHERE run_key = ? AND key_id = ?`).raw();
  const put = db.prepare(`INSERT OR REPLACE INTO curve_blocks (run_key, key_id, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const clear = db.prepare<[number, number]>("DELETE FROM curve_blocks WHERE run_key = ? AND key_id = ?");
  const first = db.prepare<[number, number], number>("SELECT block FROM curve_blocks WHERE run_key = ? AND key_id = ? ORDER BY block LIMIT 1").pluck();
  const last = db.prepare<[number, number], number>("SELECT block FROM curve_blocks WHERE run_key = ? AND key_id = ? ORDER BY block DESC LIMIT 1").pluck();
  const points = db.prepare<[number, number], [number, number, number | string]>("SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step, time").raw();
  // By the table's own key, so that a slice costs what it gives, wherever it begins.
  const slice = db.prepare<[number, number, number, number, number | string], StoredPoint>(
    `SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? AND (step, time, value) > (?, ?, ?) ORDER BY step, time, value LIMIT ${SLICE}`,
  ).raw();
  const next = db.prepare<[], { runKey: number; keyId: number }>("SELECT run_key AS runKey, key_id AS keyId FROM curve_backlog LIMIT 1");
  const waiting = db.prepare<[number, number], Waiting>("SELECT block_level AS level, step, time, value FROM curve_backlog WHERE run_key = ? AND key_id = ?");
  const advance = db.prepare<[number, number | null, number | null, number | string | null, number, number]>(
    "UPDATE curve_backlog SET block_level = ?, step = ?, time = ?, value = ? WHERE run_key = ? AND key_id = ?",
  );
  const done = db.prepare<[number, number]>("DELETE FROM curve_backlog WHERE run_key = ? AND key_id = ?");
  const bounds = db.prepare<[number, number, number, number], [number, number]>(
    `SELECT (SELECT step FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step LIMIT 1), (SELECT step FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step DESC LIMIT 1)`,
  ).raw();

  function store(runKey: number, keyId: number, blocks: ReadonlyMap<number, CurveBlock>): void {
    for (const block of blocks.values()) put.run(runKey, keyId, ...rowOfBlock(block));
  }

  /** The level at which the points that a curve has now are blocks. */
  function levelOf(runKey: number, keyId: number): number {
    const [from = 0, to = 0] = bounds.get(runKey, keyId, runKey, keyId) ?? [];
    return levelFor(from, to);
  }

  /** Makes the blocks of a curve from its points, that have just become many. Gives the level. */
  function build(runKey: number, keyId: number): number {
    const level = levelOf(runKey, keyId);
    const blocks = new Map<number, CurveBlock>();
    for (const [step, time, value] of points.iterate(runKey, keyId)) addBlock(blocks, blockOfPoint({ step, time, value: loadedNumber(value) }, level));
    clear.run(runKey, keyId);
    store(runKey, keyId, blocks);
    return level;
  }

  /** Takes in new points of a curve that has blocks of this level; gives the level after. */
  function add(runKey: number, keyId: number, level: number, added: readonly CurvePoint[]): number {
    const touched = new Map<number, CurveBlock>();
    for (const point of added) addBlock(touched, blockOfPoint(point, level));
    let grown = false;
    for (const block of touched.values()) {
      const row = get.get(runKey, keyId, block.block);
      grown ||= row === undefined;
      put.run(runKey, keyId, ...rowOfBlock(row ? joined(blockOfRow(row), block) : block));
    }
    if (!grown) return level;
    const [from = 0, to = 0] = [first.get(runKey, keyId), last.get(runKey, keyId)];
    const by = levelFor(from, to);
    if (by === 0) return level;
    const blocks = widened(all.all(runKey, keyId).map(blockOfRow), by);
    clear.run(runKey, keyId);
    store(runKey, keyId, blocks);
    return level + by;
  }

  /** New points of a curve whose blocks are being made: those that its slices have passed must be taken in. */
  function addBehind(runKey: number, keyId: number, { level, step, time, value }: Waiting, added: readonly CurvePoint[]): void {
    if (level === null || step === null || time === null || value === null) return;
    const cursor = { step, time, value: loadedNumber(value) };
    const passed = added.filter((point) => inOrder(point, cursor) < 0);
    if (passed.length > 0) advance.run(add(runKey, keyId, level, passed), step, time, value, runKey, keyId);
  }

  return {
    /** The level of a curve's blocks after these points were stored; null while it is too short for blocks, or they are being made. */
    kept(runKey: number, keyId: number, curve: { readonly points: number; readonly blockLevel: number | null }, added: readonly CurvePoint[]): number | null {
      if (curve.points <= BLOCKS_FROM) return null;
      if (curve.blockLevel !== null) return add(runKey, keyId, curve.blockLevel, added);
      const behind = waiting.get(runKey, keyId);
      if (!behind) return build(runKey, keyId);
      addBehind(runKey, keyId, behind, added);
      return null;
    },
    /** Takes some points of a waiting curve into its blocks. `level` is set once they are whole; null where no curve waits. */
    work(): { readonly runKey: number; readonly keyId: number; readonly level: number | null } | null {
      const curve = next.get();
      if (!curve) return null;
      const { runKey, keyId } = curve;
      const before = waiting.get(runKey, keyId);
      const rows = slice.all(runKey, keyId, before?.step ?? -Number.MAX_SAFE_INTEGER, before?.time ?? 0, before?.value ?? 0);
      const level = add(runKey, keyId, before?.level ?? levelOf(runKey, keyId), rows.map(([step, time, value]) => ({ step, time, value: loadedNumber(value) })));
      const last = rows.at(-1);
      if (last && rows.length === SLICE) {
        advance.run(level, ...last, runKey, keyId);
        return { ...curve, level: null };
      }
      done.run(runKey, keyId);
      return { ...curve, level };
    },
    drop(runKey: number, keyId: number): void {
      clear.run(runKey, keyId);
      done.run(runKey, keyId);
    },
  };
}
