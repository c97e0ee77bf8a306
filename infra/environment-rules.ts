// What single values cannot say: rules between the values of one stack. Each looks only at sections that are valid themselves.
import type { Environment } from "./environment";
import { erasureProblems } from "./lib/erasure-set";
import { type Problem, problemIf } from "./lib/errors";
import { bytes } from "./lib/units";
import { signInProblems } from "./sign-in-rules";

/** The sections of a stack file that parsed, each complete with its defaults. */
type Sections = Partial<Omit<Environment, "stack" | "given">>;
/** The values as written, for rules that care whether something was stated at all. */
type Written = Readonly<Record<string, unknown>>;
type Rule = (sections: Sections, written: Written) => readonly Problem[];

/** Problems between values, each with the path of the value to change. */
export function crossProblems(sections: Sections, written: Written): readonly Problem[] {
  return RULES.flatMap((rule) => rule(sections, written));
}

const imagesFound: Rule = (_sections, { images, registry }) =>
  (images === "registry") === (registry !== undefined)
    ? []
    : [
        {
          path: "registry",
          fact: `${images === "registry" ? "is needed" : "is not used"} where images is ${String(images ?? "build")}`,
          hint:
            images === "registry"
              ? "state where the images of this project were pushed to, e.g. registry.example.org/groundwork"
              : "remove it, or set images to registry",
        },
      ];

const portsDistinct: Rule = ({ publish }) => {
  if (publish === undefined) return [];
  const ports = Object.entries(publish).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return ports.flatMap(([name, port], i) => {
    const first = ports.findIndex(([, other]) => other === port);
    if (first === i) return [];
    const fact = `must differ from publish/${ports[first]?.[0]}, got ${port} for both`;
    return [{ path: `publish/${name}`, fact, hint: "give every published port a number of its own" }];
  });
};

const membersOdd: Rule = ({ etcd }) =>
  etcd === undefined || etcd.members % 2 === 1
    ? []
    : [
        {
          path: "etcd/members",
          fact: `must be odd, got ${etcd.members}`,
          hint: `use ${etcd.members - 1}, which survives as many losses, or ${etcd.members + 1}, which survives one more`,
        },
      ];

const storeUsed: Rule = ({ platform }, written) =>
  platform !== "kubernetes" || written.etcd === undefined
    ? []
    : [
        {
          path: "etcd",
          fact: "is not used where platform is kubernetes",
          hint: "remove it: Patroni elects its leader through the Kubernetes API",
        },
      ];

const replicaToWaitFor: Rule = ({ postgres }, written) => {
  // The default asks for synchronous commits wherever there is a replica, so only a stated wish can contradict one member.
  const stated = (written.postgres as { synchronous?: unknown } | undefined)?.synchronous === true;
  if (postgres === undefined || !stated || postgres.members > 1) return [];
  return [
    {
      path: "postgres/synchronous",
      fact: "must be false where postgres/members is 1, got true",
      hint: "use 2 members or more: a commit needs a replica to wait for",
    },
  ];
};

/** Docker's resolver leaves a query for a stopped container unanswered, and a sentinel that waits for an answer judges nobody. */
const oneRedisPerHost: Rule = ({ platform, redis }) =>
  platform !== "docker" || redis === undefined || redis.copies === 1
    ? []
    : [
        {
          path: "redis/copies",
          fact: `must be 1 on docker, got ${redis.copies}: Sentinel cannot follow containers by name there`,
          hint: "set it to 1, or move the stack to kubernetes",
        },
      ];

const erasureSets: Rule = ({ minio }) => (minio === undefined ? [] : erasureProblems(minio));

const scalesOnClusters: Rule = ({ platform }, { scaling }) =>
  platform !== "docker" || scaling === undefined
    ? []
    : [
        {
          path: "scaling",
          fact: "is not used where platform is docker",
          hint: "remove it: one host has no room to grow into",
        },
      ];

const clusterNamed: Rule = ({ platform }, { kubernetes }) => {
  if (platform === undefined || (platform === "kubernetes") === (kubernetes !== undefined)) return [];
  return [
    {
      path: "kubernetes",
      fact: `is ${platform === "kubernetes" ? "needed" : "not used"} where platform is ${platform}`,
      hint:
        platform === "kubernetes"
          ? "state at least its context and where its API server is"
          : "remove it, or set platform to kubernetes",
    },
  ];
};

const issuerComplete: Rule = ({ platform, tls, traefik }) => {
  if (tls === undefined || traefik === undefined || platform === undefined) return [];
  const problem = (field: string, fact: string, hint: string) => [{ path: `tls/${field}`, fact, hint }];
  if (tls.issuer === "acme" && tls.email === undefined)
    return problem("email", "is needed where tls/issuer is acme", "state whom the ACME server may write to");
  if (tls.issuer === "acme" && traefik.copies > 1)
    return problem(
      "issuer",
      `must not be acme where traefik/copies is ${traefik.copies}: copies cannot share one ACME account`,
      "use secret, or one copy",
    );
  if (tls.issuer === "secret" && platform === "docker")
    return problem("issuer", "secrets that others keep exist on kubernetes only", "use acme");
  if (tls.issuer === "secret" && tls.secretName === undefined)
    return problem("secretName", "is needed where tls/issuer is secret", "name the secret that cert-manager keeps");
  return [];
};

const filesFitADay: Rule = ({ storage }) =>
  storage === undefined
    ? []
    : problemIf(
        bytes(storage.dailyUpload) < bytes(storage.fileSize),
        "storage/dailyUpload",
        `must be storage/fileSize, which is ${storage.fileSize}, or more, got ${storage.dailyUpload}`,
        "raise it, or lower storage/fileSize: nobody could upload the largest file",
      );

const RULES: readonly Rule[] = [
  imagesFound,
  portsDistinct,
  membersOdd,
  storeUsed,
  replicaToWaitFor,
  oneRedisPerHost,
  erasureSets,
  clusterNamed,
  scalesOnClusters,
  issuerComplete,
  filesFitADay,
  signInProblems,
];
