// The rate limit's own tests, in Go, the language that Traefik interprets it in.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROOT } from "../../tools/paths";

test("the middleware that Traefik loads keeps its promises", async () => {
  const module = join(ROOT, "images/traefik/plugins-local/src/groundwork/ratelimit");
  const { stdout } = await promisify(execFile)("go", ["test", "-count=1", "."], { cwd: module });
  expect(stdout).toMatch(/^ok\s+groundwork\/ratelimit/);
}, 180_000);
