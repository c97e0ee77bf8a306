// How long it takes to check and render a platform without Pulumi: stack prod against what is aimed at, and how it grows.
import { checkCatalogue } from "../infra/catalogue/check";
import { refuse } from "../infra/lib/errors";
import { docker } from "../infra/platforms/docker/docker";
import { kubernetes } from "../infra/platforms/kubernetes/kubernetes";
import { type Platform, type RenderContext, renderService } from "../infra/platforms/platform";
import { stackContext } from "../infra/testing/stack-context";
import { madeContext } from "./made-services";
import { type Measure, type Measurement, median } from "./measurement";

const ROUNDS = 9;
/** More than for prod: the smaller platform takes so little that its first turns are mostly the compiler's. */
const GROWTH_ROUNDS = 20;
/** What prod may take: too short to be noticed beside anything else that `up` and `preview` do. */
const AIM = 0.1;

export const measureRender: Measure = async (report) => {
  report(`${ROUNDS + 1} runs of each`);
  const prod = () => renderAll(kubernetes, stackContext("prod", kubernetes));
  const taken = Array.from({ length: ROUNDS + 1 }, () => processorSeconds(prod));
  return [
    {
      name: "render",
      about: "stack prod: values read, everything checked and rendered, without Pulumi",
      value: median(taken.slice(1)),
      unit: "s",
      peer: { name: "the aim", value: AIM },
    },
    growth(docker),
    growth(kubernetes),
  ];
};

/** Ten times the services: ten times the work, if nothing grows faster than the catalogue. */
function growth<Rendered>(platform: Platform<Rendered>): Measurement {
  const taken = (count: number, catalogues: number) => {
    // Made anew each time: what is looked up once for each catalogue is part of the work.
    const contexts = Array.from({ length: catalogues }, () => madeContext(platform, count));
    const work = () => {
      for (const context of contexts) {
        refuse(checkCatalogue(context.services, platform.provides));
        renderAll(platform, context);
      }
    };
    return processorSeconds(work) / catalogues;
  };
  // In turns, so that whatever else the machine does meets both; the first half warms up. Ten small ones at a time, and means instead
  // of medians: the kernel counts a thread's time in ticks longer than one of them takes.
  const turns = Array.from({ length: 2 * GROWTH_ROUNDS }, () => [taken(1000, 1), taken(100, 10)]).slice(GROWTH_ROUNDS);
  const [value, peer] = [0, 1].map((at) => mean(turns.map((turn) => turn[at] ?? Number.NaN))) as [number, number];
  return {
    name: "render-growth",
    about: `1,000 services checked and rendered for ${platform.name} ÷ 100`,
    value,
    unit: "s",
    peer: { name: "10 × is in proportion", value: peer },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** Seconds of this thread on the processor: nothing here waits, and neither other work nor collecting garbage beside it counts. */
function processorSeconds(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

function renderAll<Rendered>(platform: Platform<Rendered>, context: RenderContext): void {
  for (const spec of context.services) renderService(platform, spec, context);
}
