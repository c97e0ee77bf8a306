// What a measurement is: a number beside one taken in the same run, because bare seconds say more about the machine.

/** A thing that is measured, and what it is held against. */
export interface Measurement {
  readonly name: string;
  /** What was measured, and against what. */
  readonly about: string;
  readonly value: number;
  readonly unit: "s" | "ms" | "MiB" | "requests/s";
  /** The same measure of a peer, or of the least that is possible. */
  readonly peer: { readonly name: string; readonly value: number };
  /** The least and the most that was measured of the value, where it is a median worth little without them. @default - not told */
  readonly spread?: readonly [least: number, most: number];
  /** Parts of the value, where it is a sum. @default none */
  readonly parts?: Readonly<Record<string, number>>;
}

/** Takes one or more measurements of a stack; `report` is told what goes on. */
export type Measure = (report: (line: string) => void, stack: string) => Promise<readonly Measurement[]>;

/** Seconds that `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Median seconds of both, run in turns, so that whatever else the machine does meets both. The first turn warms up. */
export async function inTurns(
  rounds: number,
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<readonly [number, number]> {
  const taken: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const turn = [await seconds(one), await seconds(other)] as const;
    if (round > 0) for (const i of [0, 1] as const) taken[i].push(turn[i]);
  }
  return [median(taken[0]), median(taken[1])];
}

/** The middle value; of an even number of values the lower one of the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** `preview  2.31 ×  4.51 s ÷ 1.95 s  …`. */
export function describeMeasurement({ name, about, value, unit, peer, spread }: Measurement): string {
  const ratio = peer.value > 0 ? `${rounded(value / peer.value)} ×` : "";
  const against =
    peer.value > 0 ? `${rounded(value)} ${unit} ÷ ${rounded(peer.value)} ${unit}` : `${rounded(value)} ${unit}`;
  const between = spread === undefined ? "" : `, ${rounded(spread[0])} to ${rounded(spread[1])} ${unit}`;
  return [name.padEnd(14), ratio.padStart(8), against.padEnd(20), `${about} (${peer.name}${between})`].join("  ");
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
