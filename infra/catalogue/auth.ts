// Signs users up and in, and issues their tokens (Supabase Auth).
import { exec, type ServiceSpec, self, service, text } from "./spec";

/** The service; its environment follows. */
export function auth({ copies }: { readonly copies: number }): ServiceSpec {
  return service("auth", {
    purpose: "Signs users up and in, and issues their tokens (Supabase Auth)",
    shape: "stateless",
    copies,
    image: "gotrue",
    ports: { http: 9999, metrics: 9100 },
    ready: exec("wget", "--quiet", "--spider", text`http://localhost:${self({ port: "http" })}/health`),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: ["app", "data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}
