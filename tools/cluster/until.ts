// Waiting for a condition, within a bound.
import { setTimeout as pause } from "node:timers/promises";
import { invalid } from "../../infra/lib/errors";

const POLL_MILLISECONDS = 100;

/**
 * Asks `condition` until it gives something other than `undefined` or `false`, and returns that. A throw counts as "not
 * yet"; after `seconds` it is an error with `hint` and the last throw's message.
 */
export async function until<T>(
  what: string,
  seconds: number,
  condition: () => Promise<T | undefined | false>,
  hint?: string,
): Promise<T> {
  let last = "";
  for (const deadline = Date.now() + seconds * 1000; ; await pause(POLL_MILLISECONDS)) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      last = "";
    } catch (error) {
      last = `: ${(error as Error).message}`;
    }
    if (Date.now() > deadline) throw invalid("cluster", `waited ${seconds} s for ${what}${last}`, hint);
  }
}
