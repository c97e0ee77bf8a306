// What is wrong with the inputs of a container, before any engine is asked.
import { expect, test } from "vitest";
import { containerFailures } from "./container-check";

const told = (inputs: Parameters<typeof containerFailures>[0]) =>
  containerFailures(inputs).map(({ property, reason }) => `${property}: ${reason}`);

test("a sound container has nothing to tell", () => {
  const uploads = [{ file: "/etc/groundwork/a", content: "", permissions: "0440" }];
  expect(
    told({
      ...{ readOnly: true, volumes: [{ containerPath: "/etc/groundwork" }], uploads, wait: true, restart: "always" },
      healthcheck: { tests: ["CMD", "true"], interval: "5s" },
    }),
  ).toEqual([]);
});

test("every problem at once", () => {
  expect(
    told({
      ...{ attach: true, rm: true, wait: true, restart: "sometimes", readOnly: true },
      uploads: [{ file: "/opt/a", content: "a", contentBase64: "YQ==", permissions: "644", owner: "root" }],
    }),
  ).toEqual([
    "mustRun: must be false for a job (attach)",
    "rm: must be false for a job (attach): its end would be lost",
    "wait: needs a healthcheck to wait for",
    "restart: must be one of no, on-failure, always, unless-stopped, got sometimes",
    "uploads[0].content: exactly one of content, contentBase64 and source must be given",
    "uploads[0].file: must lie in a writable volume of the read-only container, got /opt/a",
    "uploads[0].permissions: must be four octal digits like 0644, got 644",
    "uploads[0].owner: must be a numeric id with the offline provider, got root",
  ]);
});

test("a duration that Docker does not know", () => {
  expect(told({ healthcheck: { tests: [], interval: "5 seconds", timeout: "1m" } })).toEqual([
    "healthcheck.interval: must be a duration like 1m30s, got 5 seconds",
  ]);
});
