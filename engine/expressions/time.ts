const written = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** UTC ms of `2026-05-31`, `2026-05-31 14:00[:09[.5]]`, with `Z` or an offset; UTC without. Null: no such time. */
export function parseTime(text: string): number | null {
  const match = written.exec(text.trim());
  if (match === null) return null;
  const [, year = "", month = "", day = "", hour = "00", minute = "00", second = "00", fraction = "0", zone = "Z"] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, "0")}${zone}`);
  // Date.parse rolls 30 February over into March.
  return Number.isNaN(ms) || new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day) ? null : ms;
}

/** Milliseconds of `2 d`, `1.5h`, `90 s`; units s, m, h, d, w. Null: not a duration. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([smhdw])$/.exec(text.trim());
  return match === null ? null : Number(match[1]) * (units[match[2] ?? ""] ?? NaN);
}
