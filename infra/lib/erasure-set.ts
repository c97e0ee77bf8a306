// How MinIO divides drives into erasure sets, and what that asks of their number.
import { type Problem, problemIf } from "./errors";

/** Largest erasure set that MinIO makes. */
const LARGEST_SET = 16;

/** Drives of one erasure set: their largest divisor up to 16; 1 where there is none, which works for a single drive only. */
export function erasureSet(drives: number): number {
  const sizes = Array.from({ length: LARGEST_SET }, (_, i) => LARGEST_SET - i);
  return sizes.find((size) => drives % size === 0) ?? 1;
}

/** What is wrong with `nodes` of so many `drives` each, of which `parity` may be lost in a set. */
export function erasureProblems(wanted: { nodes: number; drives: number; parity: number }): readonly Problem[] {
  const { nodes, drives, parity } = wanted;
  const total = nodes * drives;
  const set = erasureSet(total);
  if (set === 1 && total > 1)
    return [
      {
        path: "minio/drives",
        fact: `must divide into equal erasure sets of 2 to ${LARGEST_SET}, got ${total} in all`,
        hint: "take a number of drives with such a divisor",
      },
    ];
  return problemIf(
    parity > set / 2,
    "minio/parity",
    `must be at most half of an erasure set of ${set} ${set === 1 ? "drive" : "drives"}, got ${parity}`,
    `EC:${parity} needs ${parity * 2} drives or more`,
  );
}
