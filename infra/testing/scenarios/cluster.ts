// The Postgres cluster as Patroni reports it: who is primary, who follows, and how closely.
import { certificate } from "../../catalogue/spec";
import { type Copy, deliveredAt, output, type Rig, specOf, until } from "../rig";
import { asSuperuser } from "./sql";

/** One member in Patroni's words. */
export interface Member {
  readonly name: string;
  readonly role: "leader" | "sync_standby" | "replica" | "quorum_standby" | "standby_leader";
  readonly state: string;
  readonly timeline?: number;
}

/** Every member that the cluster knows, as `asked` tells it. */
async function membersAccordingTo(rig: Rig, asked: Copy): Promise<readonly Member[]> {
  const answer = await output(asked, [
    ...["curl", "--silent", "--fail", "--max-time", "2"],
    ...["--cacert", deliveredAt(rig, "postgres", certificate("authority", "certificate"))],
    `https://localhost:${specOf(rig, "postgres").ports.patroni}/cluster`,
  ]);
  return JSON.parse(answer).members;
}

/** The primary that `asked` knows of; undefined while there is none. */
async function primaryAccordingTo(rig: Rig, asked: Copy): Promise<Copy | undefined> {
  const members = await membersAccordingTo(rig, asked);
  const leader = members.find(({ role, state }) => role === "leader" && state === "running");
  return rig.copies("postgres").find(({ name }) => name === leader?.name);
}

/** The primary now. */
export function primary(rig: Rig): Promise<Copy> {
  return until("a primary", 60, async () => {
    for (const copy of rig.copies("postgres")) {
      const found = await primaryAccordingTo(rig, copy).catch(() => undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  });
}

/**
 * Resolves to the primary once every other member streams from it and, where the stack is synchronous, the cluster has
 * recorded one of them as its synchronous standby: before that none may take over.
 */
export function whole(rig: Rig, seconds = 120): Promise<Copy> {
  return until("every member in its place", seconds, async () => {
    const leader = await primary(rig);
    const known = await membersAccordingTo(rig, leader);
    const standbys = known.filter(({ state }) => state === "streaming");
    if (standbys.length < rig.copies("postgres").length - 1) return undefined;
    const safe = !rig.environment.postgres.synchronous || standbys.some(({ role }) => role === "sync_standby");
    return standbys.length === 0 || safe ? leader : undefined;
  });
}

/** Seconds that the slowest replica is behind `leader`; undefined while not all of them stream. */
export async function replicationLag(rig: Rig, leader: Copy): Promise<number | undefined> {
  const [count, lag] = (
    await asSuperuser(
      leader,
      "SELECT count(*), max(extract(epoch FROM coalesce(replay_lag, interval '0'))) FROM pg_stat_replication WHERE state = 'streaming'",
    )
  ).split("|");
  return Number(count) === rig.copies("postgres").length - 1 ? Number(lag) : undefined;
}
