// Serves the database schemas as REST (PostgREST).
import { exec, type ServiceSpec, service } from "./spec";

/** The service; its environment follows. */
export function rest({ copies }: { readonly copies: number }): ServiceSpec {
  return service("rest", {
    purpose: "Serves the database schemas as REST (PostgREST)",
    shape: "stateless",
    copies,
    image: "postgrest",
    ports: { http: 3000, admin: 3001 },
    ready: exec("postgrest", "--ready"),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: ["app", "data"],
    metrics: [{ port: "admin", path: "/metrics", scheme: "http" }],
  });
}
