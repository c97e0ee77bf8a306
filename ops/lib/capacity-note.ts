// What a stack needs of its machines, in words. Pure.
import {
  type Capacity,
  demandOf,
  HOST_SIZES,
  POOL_SIZES,
  poolDemands,
  smallestHost,
} from "../../infra/catalogue/capacity";
import type { RenderContext } from "../../infra/platforms/platform";

/** The sum of what the stack reserves, and the machines that hold it. */
export function capacityNote({ environment, services }: RenderContext): string {
  const { stack, kubernetes } = environment;
  const sum = `stack ${stack} reserves ${told(demandOf(services))}`;
  if (kubernetes !== undefined) {
    const pools = poolDemands(services, kubernetes.spread === "required").map(({ pool, demand, machines }) => {
      const held = machines === undefined ? "some copy is too big for" : `${machines} of`;
      return `  ${pool.padEnd(11)}  ${told(demand)}: ${held} ${told(POOL_SIZES[pool])}`;
    });
    return [`${sum}; on machines of three kinds:`, ...pools].join("\n");
  }
  const host = smallestHost(services);
  if (host !== undefined) return `${sum}; a machine of ${told(host)} holds it`;
  return `${sum}: more than the largest recommended machine, ${told(HOST_SIZES[HOST_SIZES.length - 1] as Capacity)}`;
}

function told({ cores, memory, disk }: Capacity): string {
  return `${rounded(cores)} cores, ${rounded(memory / 1024)} GiB of memory, ${rounded(disk)} GiB of disk`;
}

/** Up, so that no sum looks smaller than it is. */
function rounded(value: number): string {
  return String(Math.ceil(value * 10) / 10);
}
