// One service as Docker containers and volumes: plain values in @pulumi/docker's own words, secrets left as references.
import { IMAGES, isPulled } from "../../catalogue/images";
import { FILES, type Network, type Probe, type ServiceSpec, type Text } from "../../catalogue/spec";
import { copyName, physicalName } from "../../lib/naming";
import { bytes, type Duration, mebibytes, seconds } from "../../lib/units";
import { flatten, flattenPlain, isSecret, type Piece, type Resolver } from "../flatten";
import type { RenderContext } from "../platform";
import { address } from "./address";
import { type DockerHostMount, hostAccess, uidFor } from "./host-reads";
import { copyLabels, stackLabels } from "./labels";

/** Where only the machine itself connects. */
const LOOPBACK = "127.0.0.1";

/** A named volume. `name` is its logical name, e.g. `postgres-0-data`. */
export interface DockerVolume {
  readonly name: string;
  readonly physicalName: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A file put into the container between its creation and its start. */
export interface DockerUpload {
  readonly file: string;
  readonly permissions: "0444" | "0440";
  readonly content: readonly Piece[];
}

/** One container; every field is a field of `docker.ContainerArgs` or becomes one in register.ts. */
export interface DockerContainer {
  readonly name: string;
  readonly physicalName: string;
  readonly image: string;
  /** The image comes from a registry; others are there before anything is registered. */
  readonly pull: boolean;
  readonly user: string;
  /** Groups besides the user's own. @default - group 0, by which a service reads what was delivered to it */
  readonly groups?: readonly string[];
  /** Replaces the image's. @default - the image's own */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  readonly envs: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly networks: readonly { readonly network: Network; readonly aliases: readonly string[] }[];
  readonly ports: readonly { readonly internal: number; readonly external: number; readonly ip: string }[];
  readonly volumes: readonly { readonly volume: string; readonly containerPath: string }[];
  /** Parts of the machine's file tree, read-only. @default - none */
  readonly hostMounts?: readonly DockerHostMount[];
  /** Anonymous volumes, which live and die with the container. */
  readonly anonymousVolumes: readonly string[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly shmSize?: number;
  readonly uploads: readonly DockerUpload[];
  readonly healthcheck?: {
    readonly tests: readonly string[];
    readonly interval: string;
    readonly timeout: string;
    readonly retries: number;
    readonly startPeriod: string;
  };
  /** MiB. */
  readonly memory: number;
  /** Cores, as Docker writes them. */
  readonly cpus: string;
  /** Limit of processes and threads of the container's user; @pulumi/docker has no input for the cgroup's limit. */
  readonly processes: number;
  readonly restart: "unless-stopped" | "no";
  /** A job: its container is run to the end, and a failure fails the deployment. */
  readonly job: boolean;
  readonly stopSeconds: number;
}

/** A service on Docker. */
export interface DockerService {
  readonly volumes: readonly DockerVolume[];
  readonly containers: readonly DockerContainer[];
}

/** Where Docker's own shared memory lies: sized by `shmSize`, not by a tmpfs mount. */
const SHARED_MEMORY = "/dev/shm";

/** Where variables that hold secrets lie below `FILES`, each a file. */
export const VARIABLES = "variables";
/** Puts them into the environment of the command that follows. */
const EXPORT_SECRETS = [
  "/bin/sh",
  "-c",
  `for f in ${FILES}/${VARIABLES}/*; do export "\${f##*/}=$(cat "$f")"; done; exec "$@"`,
  "sh",
] as const;

/** Renders every copy of `spec`. */
export function render(spec: ServiceSpec, context: RenderContext): DockerService {
  const { stack } = context.environment;
  const ordinals = Array.from({ length: spec.copies }, (_, ordinal) => ordinal);
  return {
    volumes: ordinals.flatMap((ordinal) =>
      Object.keys(spec.volumes).map((volume) => dockerVolume(stack, volumeName(spec, ordinal, volume))),
    ),
    containers: ordinals.map((ordinal) => container(spec, ordinal, context)),
  };
}

/** A named volume of a stack. */
export function dockerVolume(stack: string, name: string): DockerVolume {
  return { name, physicalName: physicalName(stack, name), labels: stackLabels(stack) };
}

/** A duration as Go prints it; any other form comes back from the engine changed and would always differ. */
export function goDuration(duration: Duration): string {
  const total = seconds(duration);
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60];
  if (hours > 0) return `${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}

function container(spec: ServiceSpec, ordinal: number, context: RenderContext): DockerContainer {
  const { environment } = context;
  const copy = copyName(spec.name, ordinal);
  const uid = uidFor(spec, IMAGES[spec.image].uid);
  const resolver: Resolver = {
    address: (of) => address(of, context),
    self: ({ what }) => (typeof what === "object" ? String(spec.ports[what.port]) : copy),
  };
  const plain = (value: Text) => flattenPlain(value, resolver);
  const job = spec.shape === "job";
  const shared = spec.scratch[SHARED_MEMORY];
  return {
    name: copy,
    physicalName: physicalName(environment.stack, copy),
    image: context.image(spec.image),
    pull: isPulled(spec.image, environment),
    user: `${uid}:${uid}`,
    ...(Object.keys(spec.secretEnv).length > 0 && { entrypoint: EXPORT_SECRETS }),
    command: spec.args.map(plain),
    envs: Object.entries(spec.env).map(([key, value]) => `${key}=${plain(value)}`),
    labels: copyLabels(environment.stack, spec.name, copy),
    networks: spec.networks.map((network) => ({ network, aliases: [copy, spec.name] })),
    ports: Object.entries(spec.publish)
      .map(([port, external]) => ({
        internal: spec.ports[port] as number,
        external,
        ip: spec.publishLocally.includes(port) ? LOOPBACK : environment.publish.address,
      }))
      .sort((a, b) => a.internal - b.internal),
    volumes: Object.entries(spec.volumes).map(([volume, { mount }]) => ({
      volume: volumeName(spec, ordinal, volume),
      containerPath: mount,
    })),
    ...hostAccess(spec),
    anonymousVolumes: Object.keys({ ...spec.files, ...spec.secretEnv }).length > 0 ? [FILES] : [],
    tmpfs: Object.fromEntries(
      Object.entries(spec.scratch)
        .filter(([path]) => path !== SHARED_MEMORY)
        .map(([path, size]) => [path, `rw,noexec,nosuid,nodev,mode=0700,uid=${uid},gid=${uid},size=${bytes(size)}`]),
    ),
    ...(shared !== undefined && { shmSize: mebibytes(shared) }),
    uploads: [
      ...Object.entries(spec.files),
      ...Object.entries(spec.secretEnv).map(([name, value]) => [`${VARIABLES}/${name}`, value] as const),
    ].map(([name, content]) => upload(`${FILES}/${name}`, flatten(content, resolver))),
    ...(spec.ready !== undefined && { healthcheck: healthcheck(spec.ready, plain) }),
    memory: mebibytes(spec.resources.memory),
    cpus: String(spec.resources.cpu),
    processes: spec.resources.processes,
    restart: job ? "no" : "unless-stopped",
    job,
    stopSeconds: seconds(spec.stopGrace),
  };
}

function upload(file: string, content: readonly Piece[]): DockerUpload {
  return { file, permissions: isSecret(content) ? "0440" : "0444", content };
}

function healthcheck(probe: Probe, plain: (value: Text) => string): NonNullable<DockerContainer["healthcheck"]> {
  return {
    tests: ["CMD", ...probe.command.map(plain)],
    interval: goDuration(probe.interval),
    timeout: goDuration(probe.timeout),
    retries: probe.retries,
    startPeriod: goDuration(probe.startPeriod),
  };
}

function volumeName(spec: ServiceSpec, ordinal: number, volume: string): string {
  return `${copyName(spec.name, ordinal)}-${volume}`;
}
