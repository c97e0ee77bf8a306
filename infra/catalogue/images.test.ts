// Where images come from: built, pulled, or one's own in place of what others publish.
import { expect, test } from "vitest";
import { parseEnvironment } from "../environment";
import { plan } from "../plan";
import { docker } from "../platforms/docker/docker";
import { refusal } from "../testing/refusal";
import { BUILT_IMAGES, type BuiltImageName, imageReference, missingImage } from "./images";

const tags = Object.fromEntries(Object.keys(BUILT_IMAGES).map((name) => [name, `groundwork/${name}:0`])) as Record<
  BuiltImageName,
  string
>;
const own = { gotrue: "localhost/auth:1", imgproxy: "localhost/imgproxy:1", "storage-api": "localhost/storage:1" };
const environment = (values: object = {}) =>
  parseEnvironment("test", { platform: "docker", domain: "example.org", ...values });

test("a built image is taken from where the stack's images were pushed to", () => {
  expect(imageReference("etcd", environment(), tags)).toBe("groundwork/etcd:0");
  const values = environment({ images: "registry", registry: "registry.example.org/groundwork" });
  expect(imageReference("etcd", values, tags)).toBe("registry.example.org/groundwork/etcd:0");
});

test.each(["build", "mixed"] as const)("an image of one's own replaces what is published: %s", (images) => {
  const values = environment({ images, ownImages: own });
  expect(imageReference("gotrue", values, tags)).toBe("localhost/auth:1");
  expect(missingImage("gotrue", values)).toBeUndefined();
});

test("without one, a stack that pulls nothing lacks it, for a reason", () => {
  expect(missingImage("gotrue", environment())).toBe(
    "no package carries Supabase Auth, and this stack pulls no images",
  );
  expect(missingImage("gotrue", environment({ images: "mixed" }))).toBeUndefined();
});

test("services whose images are the stack's own run in it, and the others know it", () => {
  const { services, omitted } = plan(
    environment({ ownImages: own }),
    docker,
    (name) => imageReference(name, environment({ ownImages: own }), tags),
    { main: { "index.ts": "" }, functions: {} },
  );
  const names = services.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["auth", "imgproxy", "storage"]));
  expect(omitted.map(({ service }) => service)).toEqual(["rest", "realtime", "functions", "studio", "grafana"]);
  expect(services.find(({ name }) => name === "storage")?.env.IMAGE_TRANSFORMATION_ENABLED).toBe("true");
});

const FLOATING = "latest";
test.each([
  ["supabase/gotrue:v2.196.0", true],
  ["registry.example.org:5000/mirror/auth:1.2", true],
  [`localhost:5000/auth@sha256:${"0a".repeat(32)}`, true],
  [`auth:1@sha256:${"0a".repeat(32)}`, true],
  ["registry.example.org/auth", false],
  [`auth:${FLOATING}`, false],
  ["auth@sha256:abc", false],
  ["https://registry.example.org/auth:1", false],
  ["Auth:1", false],
])("an image of one's own says which: %s", (gotrue, accepted) => {
  const answer = refusal({ platform: "docker", domain: "example.org", ownImages: { gotrue } });
  if (accepted) expect(answer).toBe("accepted");
  else expect(answer).toContain(`ownImages/gotrue: must be an image with a digest or a tag other than latest, got`);
});
