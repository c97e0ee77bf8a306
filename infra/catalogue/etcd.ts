// etcd: where Patroni elects the Postgres primary, on platforms that bring no consensus store of their own.
import { AUTHORITY_FILE } from "./addresses";
import { certificate, exec, file, peers, type ServiceSpec, self, service, text } from "./spec";

export interface EtcdArgs {
  /** Copies; odd, since an even one survives no more losses than one fewer. */
  readonly members: number;
}

/** A cluster whose clients and members prove themselves with certificates of the private CA. */
export function etcd({ members }: EtcdArgs): ServiceSpec {
  const ownHost = self("host");
  const [authority, own, key] = [file("authority.pem"), file("etcd.pem"), file("etcd.key")];
  return service("etcd", {
    purpose: "Consensus store in which Patroni elects the Postgres primary",
    shape: "stateful",
    copies: members,
    image: "etcd",
    ports: { client: 2379, peer: 2380, metrics: 2381 },
    env: {
      ETCD_NAME: self("name"),
      ETCD_DATA_DIR: `${VOLUME}/data`,
      ETCD_LISTEN_CLIENT_URLS: text`https://0.0.0.0:${self({ port: "client" })}`,
      ETCD_LISTEN_PEER_URLS: text`https://0.0.0.0:${self({ port: "peer" })}`,
      ETCD_LISTEN_METRICS_URLS: text`http://0.0.0.0:${self({ port: "metrics" })}`,
      ETCD_ADVERTISE_CLIENT_URLS: text`https://${ownHost}:${self({ port: "client" })}`,
      ETCD_INITIAL_ADVERTISE_PEER_URLS: text`https://${ownHost}:${self({ port: "peer" })}`,
      // Read only while the data directory is empty: a restarted member rejoins by what it has stored.
      ETCD_INITIAL_CLUSTER: peers("etcd", "peer", { format: "{name}=https://{host}:{port}" }),
      ETCD_CLIENT_CERT_AUTH: "true",
      ETCD_TRUSTED_CA_FILE: authority,
      ETCD_CERT_FILE: own,
      ETCD_KEY_FILE: key,
      ETCD_PEER_CLIENT_CERT_AUTH: "true",
      ETCD_PEER_TRUSTED_CA_FILE: authority,
      ETCD_PEER_CERT_FILE: own,
      ETCD_PEER_KEY_FILE: key,
      ETCD_TLS_MIN_VERSION: "TLS1.3",
      // Patroni keeps a few keys and rewrites them every few seconds: history is what would grow.
      ETCD_AUTO_COMPACTION_MODE: "periodic",
      ETCD_AUTO_COMPACTION_RETENTION: "10m",
      ETCD_QUOTA_BACKEND_BYTES: String(128 * 2 ** 20),
      // Twice the defaults: a busy disk or CPU must not cost an election.
      ETCD_HEARTBEAT_INTERVAL: "200",
      ETCD_ELECTION_TIMEOUT: "2000",
      // For etcdctl, in the probe and at hand in the container.
      ETCDCTL_ENDPOINTS: text`https://localhost:${self({ port: "client" })}`,
      ETCDCTL_CACERT: authority,
      ETCDCTL_CERT: own,
      ETCDCTL_KEY: key,
    },
    volumes: { data: { mount: VOLUME, size: "1 GiB" } },
    files: {
      ...AUTHORITY_FILE,
      "etcd.pem": certificate("etcd", "certificate"),
      "etcd.key": certificate("etcd", "key"),
    },
    ready: exec("etcdctl", "endpoint", "health"),
    resources: { cpu: 0.5, memory: "256 MiB", processes: 512 },
    networks: ["data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
    tls: ["client", "peer"],
  });
}

const VOLUME = "/var/lib/etcd";
