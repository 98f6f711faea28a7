import { addBlock, BLOCK_COLUMNS as columns, blockOfPoint, type BlockRow, blockOfRow, BLOCKS_FROM, type CurveBlock, type CurvePoint, joined, levelFor, rowOfBlock, widened } from "../blocks.ts";
import type { Db } from "../connection.ts";
import { loadedNumber } from "../records.ts";

/** Keeps the blocks of long curves, in the transaction that writes their points. */
export function blockWrites(db: Db) {
  const get = db.prepare<[number, number, number], BlockRow>(`SELECT ${columns} FROM curve_blocks WHERE run_key = ? AND key_id = ? AND block = ?`).raw();
  const all = db.prepare<[number, number], BlockRow>(`SELECT ${columns} FROM curve_blocks WHERE run_key = ? AND key_id = ?`).raw();
  const put = db.prepare(`INSERT OR REPLACE INTO curve_blocks (run_key, key_id, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const clear = db.prepare<[number, number]>("DELETE FROM curve_blocks WHERE run_key = ? AND key_id = ?");
  const first = db.prepare<[number, number], number>("SELECT block FROM curve_blocks WHERE run_key = ? AND key_id = ? ORDER BY block LIMIT 1").pluck();
  const last = db.prepare<[number, number], number>("SELECT block FROM curve_blocks WHERE run_key = ? AND key_id = ? ORDER BY block DESC LIMIT 1").pluck();
  const points = db.prepare<[number, number], [number, number, number | string]>("SELECT step, time, value FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step, time").raw();
  const bounds = db.prepare<[number, number, number, number], [number, number]>(
    `SELECT (SELECT step FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step LIMIT 1), (SELECT step FROM metrics WHERE run_key = ? AND key_id = ? ORDER BY step DESC LIMIT 1)`,
  ).raw();

  function store(runKey: number, keyId: number, blocks: ReadonlyMap<number, CurveBlock>): void {
    for (const block of blocks.values()) put.run(runKey, keyId, ...rowOfBlock(block));
  }

  /** Makes the blocks of a curve from its points. Gives the level. */
  function build(runKey: number, keyId: number): number {
    const [from = 0, to = 0] = bounds.get(runKey, keyId, runKey, keyId) ?? [];
    const level = levelFor(from, to);
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

  return {
    /** The level of a curve's blocks after these points were stored; null while it is too short for blocks. */
    kept(runKey: number, keyId: number, curve: { readonly points: number; readonly blockLevel: number | null }, added: readonly CurvePoint[]): number | null {
      if (curve.points <= BLOCKS_FROM) return null;
      return curve.blockLevel === null ? build(runKey, keyId) : add(runKey, keyId, curve.blockLevel, added);
    },
    build,
    drop: (runKey: number, keyId: number): void => void clear.run(runKey, keyId),
  };
}
