// How the programs of the Prometheus family serve their pages and metrics: TLS 1.3 with a certificate of their own.
import { AUTHORITY_FILE } from "./addresses";
import { yamlText } from "./config-text";
import { certificate, exec, file, type Probe, type ServiceName, type ServiceSpec, self, type Text, text } from "./spec";

/** The files of such a server: its settings, its certificate, and the authority that it trusts. */
export function webFiles(name: ServiceName): ServiceSpec["files"] {
  return {
    "web.yml": yamlText({
      tls_server_config: { cert_file: file("server.pem"), key_file: file("server.key"), min_version: "TLS13" },
    }),
    ...certificateFiles(name),
  };
}

/** A server's certificate and key, and the authority. */
export function certificateFiles(name: ServiceName): ServiceSpec["files"] {
  return {
    "server.pem": certificate(name, "certificate"),
    "server.key": certificate(name, "key"),
    ...AUTHORITY_FILE,
  };
}

/** The flags by which such a server listens at `port` with these files. */
export function webFlags(port: string): readonly Text[] {
  return [text`--web.listen-address=:${self({ port })}`, text`--web.config.file=${file("web.yml")}`];
}

/** Well is who answers with 2xx at `path`. */
export function webReady(port: string, path: string): Probe {
  const url = text`https://localhost:${self({ port })}${path}`;
  return exec("curl", "--silent", "--fail", "--output", "/dev/null", "--cacert", file("authority.pem"), url);
}
