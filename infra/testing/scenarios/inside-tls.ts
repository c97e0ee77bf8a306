// Encryption inside the platform: every port that carries data speaks TLS 1.3, with a certificate that holds for its name.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServiceName } from "../../catalogue/spec";
import { output, type Rig, specOf, type Visitor } from "../rig";

/** What every port inside the stack of `rig` speaks. */
export function insideTlsScenarios(rig: Rig): void {
  const AUTHORITY = "/tmp/authority.pem";
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await rig.visitor("data", "app");
    await output(visitor, ["sh", "-c", `cat > ${AUTHORITY}`], { input: await rig.authority() });
  }, 60_000);

  afterAll(() => visitor.remove());

  const ALL: [service: ServiceName, port: string, start?: string][] = [
    ["etcd", "client"],
    ["etcd", "peer"],
    ["postgres", "sql", "postgres"],
    ["postgres", "patroni"],
    ["pgbouncer", "sql", "postgres"],
    ["pgbouncer-replicas", "sql", "postgres"],
    ["redis", "redis"],
    ["minio", "api"],
    ["minio", "console"],
  ];
  const ENDPOINTS = ALL.filter(([service]) => rig.copies(service).length > 0);

  /** What openssl finds at every copy of a service; the handshake counts, not what follows. */
  function handshakes(service: ServiceName, port: string, options: readonly string[]) {
    return Promise.all(
      rig
        .copies(service)
        .map(({ host }) =>
          visitor.exec(
            [
              ...["timeout", "10", "openssl", "s_client", "-connect", `${host}:${specOf(rig, service).ports[port]}`],
              ...["-brief", "-CAfile", AUTHORITY, "-verify_return_error", ...options],
            ],
            { input: "" },
          ),
        ),
    );
  }

  test.each(ENDPOINTS)("%s speaks TLS 1.3 at its port %s, as itself", async (service, port, start) => {
    const starttls = start === undefined ? [] : ["-starttls", start];
    for (const answer of await handshakes(service, port, [...starttls, "-verify_hostname", rig.host(service)])) {
      expect(answer.stderr).toMatch(/TLSv1\.3/);
      expect(answer.stderr).toMatch(/Verification: OK/);
    }
    for (const answer of await handshakes(service, port, [...starttls, "-verify_hostname", "example.org"]))
      expect(answer.stderr).toMatch(/hostname mismatch/i);
  });

  /** MinIO's least version, 1.2, is written in its source. What speaks to it inside takes 1.3, and outside there is Traefik. */
  const FIXED = ENDPOINTS.filter(([service]) => service === "minio");

  test.each(ENDPOINTS.filter((endpoint) => !FIXED.includes(endpoint)))(
    "%s refuses TLS 1.2 at its port %s",
    async (service, port, start) => {
      const starttls = start === undefined ? [] : ["-starttls", start];
      for (const answer of await handshakes(service, port, [...starttls, "-tls1_2"])) {
        expect(answer.stderr).toMatch(
          /alert protocol version|wrong version|unsupported protocol|no protocols available/i,
        );
        expect(answer.code).not.toBe(0);
      }
    },
  );
}
