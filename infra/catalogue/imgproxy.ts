// imgproxy: images in other sizes and formats, for Storage alone.
import type { Environment } from "../environment";
import { AUTHORITY_FILE } from "./addresses";
import { exec, file, type ServiceSpec, self, service, type Text, text, textParts } from "./spec";

export type ImgproxyArgs = Environment["imgproxy"] & {
  /** Address of the S3 that keeps Storage's files. */
  readonly objects: Text;
};

/**
 * imgproxy. Storage hands it signed addresses of the object store, so that it has no access of its own and no volume. It takes
 * pictures from there and from nowhere else, which keeps it from being sent to look around the network.
 */
export function imgproxy({ copies, webp, megapixels, objects }: ImgproxyArgs): ServiceSpec {
  return service("imgproxy", {
    purpose: "Makes images in other sizes and formats for Storage (imgproxy)",
    shape: "stateless",
    copies,
    image: "imgproxy",
    env: {
      IMGPROXY_BIND: text`:${self({ port: "http" })}`,
      IMGPROXY_USE_ETAG: "true",
      IMGPROXY_AUTO_WEBP: String(webp),
      IMGPROXY_MAX_SRC_RESOLUTION: String(megapixels),
      IMGPROXY_ALLOWED_SOURCES: text`${objects}/`,
      IMGPROXY_PROMETHEUS_BIND: text`:${self({ port: "metrics" })}`,
      IMGPROXY_PROMETHEUS_NAMESPACE: "imgproxy",
      IMGPROXY_LOG_FORMAT: "json",
      SSL_CERT_FILE: file("authority.pem"),
    },
    ports: { http: 5001, metrics: 8081 },
    scratch: { "/tmp": "64 MiB" },
    files: AUTHORITY_FILE,
    ready: exec("imgproxy", "health"),
    resources: { cpu: 0.5, memory: "1 GiB", processes: 512 },
    // Where no reference leads, the address is outside.
    networks: textParts(objects).every((part) => typeof part === "string") ? ["edge", "app", "data"] : ["app", "data"],
    metrics: [{ port: "metrics", path: "/metrics", scheme: "http" }],
  });
}
