// Stores and serves files under row-level security (Supabase Storage).
import { exec, type ServiceSpec, self, service, text } from "./spec";

/** The service; its environment follows. */
export function storage({ copies }: { readonly copies: number }): ServiceSpec {
  return service("storage", {
    purpose: "Stores and serves files under row-level security (Supabase Storage)",
    shape: "stateless",
    copies,
    image: "storage-api",
    ports: { http: 5000, admin: 5001 },
    ready: exec("wget", "--quiet", "--spider", text`http://localhost:${self({ port: "http" })}/status`),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: ["app", "data"],
    metrics: [{ port: "http", path: "/metrics", scheme: "http" }],
  });
}
