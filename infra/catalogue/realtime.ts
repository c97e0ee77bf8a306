// Sends database changes, broadcasts and presence over WebSockets (Supabase Realtime).
import { exec, type ServiceSpec, self, service, text } from "./spec";

/** The service; its environment follows. */
export function realtime({ copies }: { readonly copies: number }): ServiceSpec {
  return service("realtime", {
    purpose: "Sends database changes, broadcasts and presence over WebSockets (Supabase Realtime)",
    shape: "stateless",
    copies,
    image: "realtime",
    ports: { http: 4000 },
    ready: exec("curl", "--silent", "--fail", text`http://localhost:${self({ port: "http" })}/healthcheck`),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: ["app", "data"],
    metrics: [{ port: "http", path: "/metrics", scheme: "http" }],
  });
}
