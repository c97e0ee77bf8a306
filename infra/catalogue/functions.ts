// Runs the Deno functions of this repository (Supabase edge runtime).
import { exec, type ServiceSpec, self, service, text } from "./spec";

/** The service; its environment follows. */
export function functions({ copies }: { readonly copies: number }): ServiceSpec {
  return service("functions", {
    purpose: "Runs the Deno functions of this repository (Supabase edge runtime)",
    shape: "stateless",
    copies,
    image: "edge-runtime",
    ports: { http: 9000 },
    ready: exec("bash", "-c", text`exec 3<>/dev/tcp/127.0.0.1/${self({ port: "http" })}`),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: ["edge", "app"],
  });
}
