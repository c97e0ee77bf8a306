// What is wrong with a container's inputs, said before anything is touched. Pure.
import type { Failure } from "../resource-type";
import { volumeOf } from "./container-files";
import { type ContainerInputs, nanoseconds } from "./container-options";

const RESTARTS: readonly string[] = ["no", "on-failure", "always", "unless-stopped"];

/** Every problem of the inputs that are known by now. */
export function containerFailures(inputs: Partial<ContainerInputs>): Failure[] {
  return [...steering(inputs), ...uploads(inputs), ...durations(inputs)];
}

function steering({ attach, mustRun, rm, wait, healthcheck, restart }: Partial<ContainerInputs>): Failure[] {
  const failures: Failure[] = [];
  if (attach && mustRun !== false) failures.push({ property: "mustRun", reason: "must be false for a job (attach)" });
  if (attach && rm)
    failures.push({ property: "rm", reason: "must be false for a job (attach): its end would be lost" });
  if (wait && !healthcheck) failures.push({ property: "wait", reason: "needs a healthcheck to wait for" });
  if (restart !== undefined && !RESTARTS.includes(restart))
    failures.push({ property: "restart", reason: `must be one of ${RESTARTS.join(", ")}, got ${restart}` });
  return failures;
}

function uploads(inputs: Partial<ContainerInputs>): Failure[] {
  return (inputs.uploads ?? []).flatMap(
    ({ file, content, contentBase64, source, permissions, owner, group }, index) => {
      const at = (name: string) => `uploads[${index}].${name}`;
      const failures: Failure[] = [];
      if ([content, contentBase64, source].filter((given) => given !== undefined).length !== 1)
        failures.push({
          property: at("content"),
          reason: "exactly one of content, contentBase64 and source must be given",
        });
      if (inputs.readOnly && volumeOf(file, inputs as ContainerInputs) === undefined)
        failures.push({
          property: at("file"),
          reason: `must lie in a writable volume of the read-only container, got ${file}`,
        });
      if (permissions !== undefined && !/^0[0-7]{3}$/.test(permissions))
        failures.push({
          property: at("permissions"),
          reason: `must be four octal digits like 0644, got ${permissions}`,
        });
      for (const [name, id] of Object.entries({ owner, group }))
        if (id !== undefined && !/^\d+$/.test(id))
          failures.push({ property: at(name), reason: `must be a numeric id with the offline provider, got ${id}` });
      return failures;
    },
  );
}

function durations({ healthcheck = {} }: Partial<ContainerInputs>): Failure[] {
  const { interval, timeout, startPeriod, startInterval } = healthcheck;
  return Object.entries({ interval, timeout, startPeriod, startInterval }).flatMap(([name, value]) =>
    value !== undefined && nanoseconds(value) === undefined
      ? [{ property: `healthcheck.${name}`, reason: `must be a duration like 1m30s, got ${value}` }]
      : [],
  );
}
