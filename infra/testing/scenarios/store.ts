// The object store from inside the platform, where no rate limit counts: mc in a visitor, as one of the S3 users.
import { type ExecOptions, type Executed, output, type Place, type Rig, specOf } from "../rig";

const AUTHORITY = "/tmp/authority.pem";

/** mc as one user; its paths start with `store/`. */
export interface Store {
  /** Runs `mc …` to its end, whatever its exit code. */
  mc(args: readonly string[], options?: Pick<ExecOptions, "input">): Promise<Executed>;
  /** What `mc …` prints; throws if it fails. */
  done(args: readonly string[], options?: Pick<ExecOptions, "input">): Promise<string>;
  /** What a shell script prints that calls `mc` itself, for data too large to pass through here; throws if it fails. */
  shell(script: string, args: readonly string[]): Promise<string>;
}

/** Prepares `visitor` to reach the object store as `user`. */
export async function storeAs(rig: Rig, visitor: Place, user: "root" | "storage" | "backup"): Promise<Store> {
  await output(visitor, ["sh", "-c", `cat > ${AUTHORITY}`], { input: await rig.authority() });
  const { ports } = specOf(rig, "minio");
  const password = await rig.secret(`minio-${user}`);
  const env = {
    MC_HOST_store: `https://${user}:${password}@${rig.host("minio")}:${ports.api}`,
    SSL_CERT_FILE: AUTHORITY,
  };
  const command = (args: readonly string[]) => ["mc", "--no-color", ...args];
  return {
    mc: (args, options) => visitor.exec(command(args), { ...options, env }),
    shell: (script, args) => output(visitor, ["bash", "-c", script, "bash", ...args], { env }),
    done: (args, options) => output(visitor, command(args), { ...options, env }),
  };
}
