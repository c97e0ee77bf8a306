// Debian's own packages: what the host still lacks is installed when that is allowed, else the command to type is told.
import { existsSync } from "node:fs";
import { invalid } from "../infra/lib/errors";
import { run } from "./run";

/** Why packages cannot be installed here, or undefined when they can. */
function obstacle(): string | undefined {
  if (!existsSync("/usr/bin/apt-get")) return "this is not a Debian system";
  return process.getuid?.() === 0 ? undefined : "only root can install packages";
}

/**
 * Installs Debian packages. Not being root, or on another system, it is an error that names `what` is missing. With
 * `start: false` the services that packages bring are not started.
 */
export async function installPackages(
  what: string,
  packages: readonly string[],
  report?: (line: string) => void,
  { start = true }: { readonly start?: boolean } = {},
): Promise<void> {
  const reason = obstacle();
  if (reason !== undefined)
    throw invalid(what, `missing, and ${reason}`, `run as root: apt-get install ${packages.join(" ")}`);
  const offline = start ? {} : { SYSTEMD_OFFLINE: "1" };
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", ...offline };
  const args = { env, ...(report && { report }) };
  const apt = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"] as const;
  // One source of the host that does not answer must not stop the others; a package then not found is told by the install.
  const update = await run([...apt, "update"], args).then(
    () => undefined,
    (error: Error) => error,
  );
  try {
    await run([...apt, "install", "--no-install-recommends", ...packages], args);
  } catch (error) {
    throw update ?? error;
  }
}
