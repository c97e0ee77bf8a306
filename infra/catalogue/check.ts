// Every rule that spans a spec or several: run before anything renders, reporting all problems at once.
// Long because the rules are one list, read together.
import { type Problem, problemIf } from "../lib/errors";
import { oncePer } from "../lib/once-per";
import { bytes } from "../lib/units";
import { fileRefs } from "./certificates";
import { addressRefs, allRefs, inspectableTexts, refsOf, routerOf, serviceNamed } from "./references";
import { reservedOf } from "./resources";
import type { Provides, ServiceSpec } from "./spec";

type Rule = (spec: ServiceSpec, services: readonly ServiceSpec[], provides: Provides) => readonly Problem[];

/** Checks a whole catalogue; an empty list means that it can be rendered. */
export function checkCatalogue(services: readonly ServiceSpec[], provides: Provides): readonly Problem[] {
  return services.flatMap((spec) => RULES.flatMap((rule) => rule(spec, services, provides)));
}

const bounds: Rule = ({ name, copies, resources }) => [
  ...problemIf(copies < 1, `${name}/copies`, `must be 1 or more, got ${copies}`),
  ...problemIf(resources.cpu <= 0, `${name}/resources/cpu`, `must be above 0 cores, got ${resources.cpu}`),
  ...problemIf(resources.processes < 1, `${name}/resources/processes`, `must be 1 or more, got ${resources.processes}`),
  ...problemIf(
    reservedOf(resources).cpu > resources.cpu || bytes(reservedOf(resources).memory) > bytes(resources.memory),
    `${name}/resources/reserved`,
    "is more than a copy may use",
  ),
];

const scheduleFollowsShape: Rule = ({ name, shape, schedule }) =>
  problemIf(
    (shape === "scheduled") !== (schedule !== undefined),
    `${name}/schedule`,
    shape === "scheduled" ? "is needed by a scheduled service" : `a ${shape} service has none`,
  );

const onlyStatelessScales: Rule = ({ name, shape, copies, scale }) =>
  scale === undefined
    ? []
    : [
        ...problemIf(shape !== "stateless", `${name}/scale`, `a ${shape} service keeps its number of copies`),
        ...problemIf(scale.most < copies, `${name}/scale/most`, `must be ${copies} or more, got ${scale.most}`),
      ];

const uniqueNames: Rule = (spec, services) =>
  problemIf(serviceNamed(spec.name, services) !== spec, spec.name, "stands twice in the catalogue");

// A daemon may keep a note of how far it has come; losing it costs work that is done twice.
const volumesFollowShape: Rule = ({ name, shape, volumes }) =>
  problemIf(
    shape !== "daemon" && (shape === "stateful") !== Object.keys(volumes).length > 0,
    `${name}/volumes`,
    shape === "stateful" ? "a stateful service needs a volume" : `a ${shape} service keeps no volume`,
    "state the shape that fits the data",
  );

const mountsAreUnique: Rule = ({ name, volumes }) => {
  const mounts = Object.values(volumes).map(({ mount }) => mount);
  return problemIf(new Set(mounts).size < mounts.length, `${name}/volumes`, "two volumes are mounted at one place");
};

const secretsOnlyInFiles: Rule = (spec) =>
  inspectableTexts(spec).flatMap(([path, value]) =>
    refsOf(value).flatMap((ref) =>
      problemIf(
        ref.ref === "secret" || ref.ref === "certificate",
        `${spec.name}/${path}`,
        "holds a secret or certificate, and would show it to whoever can inspect the container",
        "deliver it in `files` and refer to it with file(name)",
      ),
    ),
  );

const secretEnvCanStart: Rule = ({ name, args, env, secretEnv }) => [
  ...problemIf(
    Object.keys(secretEnv).length > 0 && args.length === 0,
    `${name}/secretEnv`,
    "needs the command in args, which is started with these variables",
    "write out the image's own command",
  ),
  ...Object.keys(secretEnv).flatMap((key) =>
    problemIf(key in env, `${name}/secretEnv/${key}`, "stands in env as well", "keep it in one of the two"),
  ),
];

const onlyDaemonsReadTheHost: Rule = ({ name, shape, hostReads }) =>
  problemIf(
    hostReads.length > 0 && shape !== "daemon",
    `${name}/hostReads`,
    `a ${shape} service reads nothing of its machine`,
    "state the shape daemon",
  );

const selfOnlyOutsideFiles: Rule = (spec) =>
  fileRefs(spec).flatMap((ref) =>
    problemIf(
      ref.ref === "self",
      `${spec.name}/files`,
      "refers to the copy itself, but all copies share their files",
      "pass self(…) in env or args",
    ),
  );

const filesExist: Rule = (spec) =>
  allRefs(spec).flatMap((ref) =>
    ref.ref === "file" && !(ref.name in spec.files)
      ? problemIf(true, `${spec.name}/files/${ref.name}`, "is referred to but not delivered")
      : [],
  );

const targetsExist: Rule = (spec, services, provides) =>
  addressRefs(spec).flatMap((ref) => {
    const path = `${spec.name} → ${ref.service}/${ref.port}`;
    const target = serviceNamed(ref.service, services);
    if (target === undefined) return problemIf(true, path, "the service is not part of this stack");
    if (ref.port in target.ports) return reachable(path, spec, target);
    const role = ref.ref === "endpoint" && ref.port in target.roles;
    if (!role) return problemIf(true, path, "is neither a port nor a role", `it has ${names(target)}`);
    const router = routerOf(target.name, services);
    if (router !== undefined) return reachable(path, spec, router);
    if (target.copies === 1) return reachable(path, spec, target);
    return problemIf(!provides.roleRouting, path, "nothing routes this role", "add a service with routesRolesOf");
  });

const portsExist: Rule = (spec) =>
  [
    ...Object.keys(spec.publish).map((port) => ["publish", port] as const),
    ...Object.values(spec.roles).map((port) => ["roles", port] as const),
    ...Object.values(spec.routesRolesOf?.roles ?? {}).map((port) => ["routesRolesOf", port] as const),
    ...spec.routes.map(({ port }) => ["routes", port] as const),
    ...spec.metrics.map(({ port }) => ["metrics", port] as const),
    ...spec.tls.map((port) => ["tls", port] as const),
  ].flatMap(([field, port]) =>
    problemIf(!(port in spec.ports), `${spec.name}/${field}`, `names the port ${port}, which is not in its ports`),
  );

const orderIsPossible: Rule = (spec, services) =>
  Object.entries(spec.after).flatMap(([before, state]) => {
    const path = `${spec.name}/after/${before}`;
    const target = serviceNamed(before, services);
    if (target === undefined) return problemIf(true, path, "is not part of this stack");
    return [
      ...problemIf(
        (places(services).get(target) ?? 0) >= (places(services).get(spec) ?? 0),
        path,
        "stands later in the catalogue",
        "order the catalogue by `after`",
      ),
      ...problemIf(
        (state === "done") !== (target.shape === "job"),
        path,
        `a ${target.shape} service is never ${state}`,
      ),
      ...problemIf(
        state === "ready" && target.ready === undefined,
        path,
        "has no probe, so it is never known to be ready",
      ),
    ];
  });

const publishOnEdgeOnly: Rule = (spec, services) => {
  const own = Object.values(spec.publish);
  const taken = hostPorts(services);
  return [
    ...problemIf(
      own.length > 0 && !spec.networks.includes("edge"),
      `${spec.name}/publish`,
      "publishes ports without being on the edge",
    ),
    ...own.flatMap((port, i) =>
      problemIf(
        own.indexOf(port) !== i || (taken.get(port) ?? 0) > own.filter((other) => other === port).length,
        `${spec.name}/publish`,
        `host port ${port} is taken twice`,
      ),
    ),
  ];
};

const routesAreUnique: Rule = (spec, services) => {
  const { hosts, entries } = routeCounts(services);
  return spec.routes.flatMap(({ host, entry, protocol }) => {
    const path = `${spec.name}/routes/${host}`;
    return [
      ...problemIf((hosts.get(host) ?? 0) > 1, path, "two routes have this host"),
      ...problemIf(
        entry !== "https" && (entries.get(entry) ?? 0) > 1,
        path,
        `two routes enter by ${entry}, where no host name tells them apart`,
      ),
      ...problemIf((entry === "https") === (protocol === "postgres"), path, `${protocol} cannot enter by ${entry}`),
    ];
  });
};

const jobsAreUnique: Rule = (spec, services) =>
  spec.metrics.flatMap(({ job = spec.name }) =>
    problemIf(
      (jobCounts(services).get(job) ?? 0) > 1,
      `${spec.name}/metrics`,
      `two places have the job ${job}`,
      "give one of them a job of its own",
    ),
  );

/** Where in the catalogue each service stands. */
const places = oncePer(
  (services: readonly ServiceSpec[]) => new Map([...services.entries()].map(([at, spec]) => [spec, at] as const)),
);

const hostPorts = oncePer((services: readonly ServiceSpec[]) =>
  counted(services.flatMap(({ publish }) => Object.values(publish))),
);

const routeCounts = oncePer((services: readonly ServiceSpec[]) => {
  const routes = services.flatMap(({ routes }) => routes);
  return { hosts: counted(routes.map(({ host }) => host)), entries: counted(routes.map(({ entry }) => entry)) };
});

const jobCounts = oncePer((services: readonly ServiceSpec[]) =>
  counted(services.flatMap(({ name, metrics }) => metrics.map(({ job = name }) => job))),
);

function counted<One>(all: readonly One[]): ReadonlyMap<One, number> {
  const counts = new Map<One, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

const RULES: readonly Rule[] = [
  bounds,
  scheduleFollowsShape,
  onlyStatelessScales,
  uniqueNames,
  volumesFollowShape,
  mountsAreUnique,
  secretsOnlyInFiles,
  secretEnvCanStart,
  onlyDaemonsReadTheHost,
  selfOnlyOutsideFiles,
  filesExist,
  targetsExist,
  portsExist,
  orderIsPossible,
  publishOnEdgeOnly,
  routesAreUnique,
  jobsAreUnique,
];

function reachable(path: string, from: ServiceSpec, to: ServiceSpec): readonly Problem[] {
  return problemIf(
    !from.networks.some((network) => to.networks.includes(network)),
    path,
    `no network joins them: ${from.networks.join(", ")} against ${to.networks.join(", ")}`,
    "put one of them on a network of the other",
  );
}

function names({ ports, roles }: ServiceSpec): string {
  return [...Object.keys(ports), ...Object.keys(roles)].join(", ") || "none";
}
