// What a copy reserves of its machine, beside the bounds that it never exceeds.
import { mebibytes, type Size } from "../lib/units";
import type { Resources } from "./spec";

/**
 * Cores and memory that are kept free for one copy. Cores are shared by the moment, so that little is enough to start with;
 * memory is not given back.
 */
export function reservedOf({ cpu, memory, reserved }: Resources): { readonly cpu: number; readonly memory: Size } {
  return reserved ?? { cpu: Math.round(cpu * 100) / 1000, memory: `${Math.floor(mebibytes(memory) / 2)} MiB` };
}
