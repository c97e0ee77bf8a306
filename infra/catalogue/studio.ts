// The dashboard for tables, users and files (Supabase Studio).
import { exec, type ServiceSpec, self, service, text } from "./spec";

/** The service; its environment follows. */
export function studio({ copies }: { readonly copies: number }): ServiceSpec {
  return service("studio", {
    purpose: "The dashboard for tables, users and files (Supabase Studio)",
    shape: "stateless",
    copies,
    image: "studio",
    ports: { http: 3000 },
    ready: exec(
      "node",
      "-e",
      text`fetch("http://localhost:${self({ port: "http" })}/api/platform/profile").then((r) => process.exit(r.status === 200 ? 0 : 1), () => process.exit(1))`,
    ),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: ["app"],
  });
}
