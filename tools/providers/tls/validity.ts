// How long a certificate is good for, and when it is due for renewal. Pure.

const HOUR_MS = 3_600_000;

/** Validity as the certificates' outputs record it. */
export type Validity = {
  readonly validityStartTime: string;
  readonly validityEndTime: string;
  readonly readyForRenewal: boolean;
};

/** Start and end of a certificate made `now`, to the second as certificates have them. */
export function validity(now: Date, hours: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const start = Math.floor(now.getTime() / 1000) * 1000;
  return { notBefore: new Date(start), notAfter: new Date(start + hours * HOUR_MS) };
}

/** Whether a certificate that ends at `validityEndTime` is to be renewed already. */
export function isDue(validityEndTime: string, earlyRenewalHours: number, now: Date): boolean {
  return now.getTime() >= Date.parse(validityEndTime) - earlyRenewalHours * HOUR_MS;
}

/** A time as the outputs have it: RFC 3339, UTC, whole seconds. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
