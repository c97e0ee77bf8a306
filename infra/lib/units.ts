// Sizes and times carry their unit in the type, so that no bare number has to be guessed at.

/** A size in binary units, e.g. `"512 MiB"`. */
export type Size = `${number} ${"KiB" | "MiB" | "GiB" | "TiB"}`;
/** A time span, e.g. `"30 seconds"`. */
export type Duration = `${number} ${"seconds" | "minutes" | "hours" | "days"}`;

const BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;
const SECONDS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;

/** Bytes of a size. */
export function bytes(size: Size): number {
  const [amount, unit] = size.split(" ") as [string, keyof typeof BYTES];
  return Math.round(Number(amount) * BYTES[unit]);
}

/** Mebibytes of a size, rounded down; the unit of Docker's memory limits. */
export function mebibytes(size: Size): number {
  return Math.floor(bytes(size) / BYTES.MiB);
}

/** Seconds of a duration. */
export function seconds(duration: Duration): number {
  const [amount, unit] = duration.split(" ") as [string, keyof typeof SECONDS];
  return Number(amount) * SECONDS[unit];
}
