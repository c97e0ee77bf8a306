// Whether this machine can look up the names that `up` prints: resolvers differ on `.localhost`, and own domains need DNS.
import { lookup } from "node:dns/promises";
import { formatProblem } from "../../infra/lib/errors";

/** The hosts of `urls` that the resolver of this machine does not know, each once. */
export async function unknownHosts(urls: readonly string[]): Promise<readonly string[]> {
  const hosts = [...new Set(urls.map((url) => new URL(url).hostname))];
  const known = await Promise.all(hosts.map((host) => lookup(host).then(Boolean, () => false)));
  return hosts.filter((_, i) => !known[i]);
}

/** What to do about unknown hosts; empty when there are none. `address` is where Traefik listens. */
export function unknownHostsNote(hosts: readonly string[], address: string): string {
  if (hosts.length === 0) return "";
  const reached = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
  const fact = `${hosts.length === 1 ? "is" : "are"} unknown to this machine's resolver`;
  return formatProblem({ path: hosts.join(", "), fact, hint: `add to /etc/hosts: ${reached} ${hosts.join(" ")}` });
}
