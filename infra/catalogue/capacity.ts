// What a stack needs of its machines, by what its services reserve, and which machines hold it. Data and sums; README.md explains.
import { bytes, mebibytes } from "../lib/units";
import { POOLS, type Pool, poolOf } from "./pools";
import { reservedOf } from "./resources";
import type { ServiceSpec } from "./spec";

/** Cores, MiB of memory and GiB of disk. */
export interface Capacity {
  readonly cores: number;
  readonly memory: number;
  readonly disk: number;
}

/** One machine for everything, by the number of users that it is meant for. */
export const HOST_SIZES = [
  { users: 0, cores: 2, memory: 4096, disk: 50 },
  { users: 1_000, cores: 4, memory: 8192, disk: 100 },
  { users: 10_000, cores: 8, memory: 16_384, disk: 250 },
] as const satisfies readonly (Capacity & { readonly users: number })[];

/** One machine of each kind, where a cluster has several. */
export const POOL_SIZES: Readonly<Record<Pool, Capacity>> = {
  application: { cores: 4, memory: 8192, disk: 100 },
  database: { cores: 2, memory: 4096, disk: 200 },
  storage: { cores: 2, memory: 4096, disk: 1000 },
};

/** What the system of a machine takes, and images where they are kept beside the data. */
const SYSTEM: Capacity = { cores: 0.1, memory: 512, disk: 12 };

/** What all copies reserve together; jobs come and go. */
export function demandOf(services: readonly ServiceSpec[]): Capacity {
  const each = services
    .filter(({ shape }) => shape !== "job" && shape !== "scheduled")
    .map((spec) => [spec.copies, demandOfCopy(spec)] as const);
  const sum = (of: keyof Capacity) => each.reduce((total, [copies, one]) => total + copies * one[of], 0);
  return { cores: sum("cores"), memory: sum("memory"), disk: sum("disk") };
}

function demandOfCopy({ resources, volumes }: ServiceSpec): Capacity {
  const { cpu, memory } = reservedOf(resources);
  const disk = Object.values(volumes).reduce((total, { size }) => total + bytes(size) / 2 ** 30, 0);
  return { cores: cpu, memory: mebibytes(memory), disk };
}

/** The smallest machine that holds a stack alone; undefined where none of the table does. */
export function smallestHost(services: readonly ServiceSpec[]): (typeof HOST_SIZES)[number] | undefined {
  const demand = demandOf(services);
  return HOST_SIZES.find((size) => holds(size, demand));
}

function holds(size: Capacity, demand: Capacity): boolean {
  const room = roomOf(size);
  return (["cores", "memory", "disk"] as const).every((of) => demand[of] <= room[of]);
}

/** What a machine has for services. */
export function roomOf(size: Capacity): Capacity {
  return {
    cores: size.cores - SYSTEM.cores,
    memory: size.memory - SYSTEM.memory,
    disk: size.disk - SYSTEM.disk,
  };
}

/** Machines of one kind, and what they carry. */
export interface PoolDemand {
  readonly pool: Pool;
  readonly demand: Capacity;
  /** Machines of `POOL_SIZES` that carry it; undefined where one copy alone is too big for such a machine. */
  readonly machines: number | undefined;
}

/** What a cluster needs of each kind of machine. `apart`: no two copies of a service on one machine. */
export function poolDemands(services: readonly ServiceSpec[], apart: boolean): readonly PoolDemand[] {
  const daemons = demandOf(services.filter(({ shape }) => shape === "daemon"));
  return POOLS.map((pool) => {
    const own = services.filter((spec) => poolOf(spec) === pool);
    const demand = demandOf(own);
    const size = POOL_SIZES[pool];
    // Volumes are the storage class' affair: machines of a pool bring as many disks as copies need.
    const whole = roomOf(size);
    const room = { cores: whole.cores - daemons.cores, memory: whole.memory - daemons.memory };
    const copies = own.map(demandOfCopy);
    const fits = copies.every(
      ({ cores, memory, disk }) => cores <= room.cores && memory <= room.memory && disk <= size.disk,
    );
    const shared = Math.max(demand.cores / room.cores, demand.memory / room.memory, demand.disk / size.disk);
    const most = Math.max(0, ...own.map((spec) => spec.copies));
    return { pool, demand, machines: fits ? Math.max(Math.ceil(shared), apart ? most : 1) : undefined };
  });
}
