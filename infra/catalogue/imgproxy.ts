// Resizes images for Storage (imgproxy).
import { exec, type ServiceSpec, service } from "./spec";

/** The service; its environment follows. */
export function imgproxy({ copies }: { readonly copies: number }): ServiceSpec {
  return service("imgproxy", {
    purpose: "Resizes images for Storage (imgproxy)",
    shape: "stateless",
    copies,
    image: "imgproxy",
    ports: { http: 5001, metrics: 8081 },
    ready: exec("imgproxy", "health"),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    networks: ["app", "data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}
