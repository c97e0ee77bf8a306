// Ranges of IPv4 addresses in CIDR form.

/** Whether two ranges share an address; an address without a length is a range of one. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)];
  const mask = a.mask & b.mask;
  return (a.address & mask) >>> 0 === (b.address & mask) >>> 0;
}

/** Whether `address` lies in `range`. */
export function contains(range: string, address: string): boolean {
  const { address: start, mask } = parse(range);
  return (start & mask) >>> 0 === (parse(address).address & mask) >>> 0;
}

function parse(text: string): { readonly address: number; readonly mask: number } {
  const [dotted = "", length = "32"] = text.split("/");
  const address = dotted.split(".").reduce((number, part) => number * 256 + Number(part), 0) >>> 0;
  const bits = Number(length);
  return { address, mask: bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0 };
}

/** What of `range` lies in none of `exceptions`, as few ranges as there can be. */
export function without(range: string, exceptions: readonly string[]): readonly string[] {
  const touching = exceptions.filter((exception) => overlaps(exception, range));
  if (touching.length === 0) return [range];
  const bits = lengthOf(range);
  if (touching.some((exception) => lengthOf(exception) <= bits)) return [];
  const { address } = parse(range);
  const halves = [address, (address | (1 << (31 - bits))) >>> 0];
  return halves.flatMap((half) => without(`${format(half)}/${bits + 1}`, touching));
}

function lengthOf(range: string): number {
  return Number(range.split("/")[1] ?? 32);
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}
