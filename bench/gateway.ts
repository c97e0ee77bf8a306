// What the gateway costs: requests through Envoy with our routes, against an Envoy that only passes on, and against none.
import autocannon from "autocannon";
import { startEnvoy } from "../infra/testing/envoy";
import { gatewayKeys } from "../infra/testing/gateway-rig";
import { failure } from "../ops/lib/failure";
import { installTool } from "../tools/toolchain";
import { type Measure, type Measurement, median } from "./measurement";
import { answeringEnvoy, passingEnvoy } from "./plain-envoy";

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 16;
/** Few enough that nothing queues: latency under full load says only how long the queue is. */
const CALM = 200;

interface Target {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Taken {
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
}

export const measureGateway: Measure = async (report) => {
  await installTool("envoy", report);
  const started: { readonly stop: () => Promise<void> }[] = [];
  const start = async <Started extends { readonly stop: () => Promise<void> }>(starting: Promise<Started>) => {
    const running = await starting;
    started.push(running);
    return running;
  };
  try {
    const keys = await gatewayKeys();
    const upstream = await start(answeringEnvoy());
    const passing = await start(passingEnvoy(upstream.port));
    const endless = { requests: 1_000_000_000, per: "1 hours" } as const;
    const limits = { user: endless, costly: endless };
    const gateway = await start(startEnvoy(keys, { limits }, undefined, undefined, upstream.port));
    const url = `https://127.0.0.1:${gateway.ports.https}/rest/v1/rows`;
    const api = { host: "api.example.org", apikey: keys.secrets["publishable-key"] ?? "" };
    const taken = await inRounds(report, {
      direct: { url: `http://127.0.0.1:${upstream.port}/` },
      passing: { url: `https://127.0.0.1:${passing.port}/` },
      key: { url, headers: api },
      token: { url, headers: { ...api, authorization: `Bearer ${keys.tokens.user}` } },
    });
    return [
      ...compared("gateway-key", "a request with a key", taken.key, "Envoy that only passes on", taken.passing),
      ...compared("gateway-token", "a user's request", taken.token, "Envoy that only passes on", taken.passing),
      ...compared("gateway-token", "a user's request", taken.token, "directly, without TLS", taken.direct),
    ];
  } finally {
    await Promise.all(started.map(({ stop }) => stop()));
  }
};

/** Every target in turns, so that whatever else the machine does meets all of them. The first turn warms up. */
async function inRounds<Name extends string>(
  report: (line: string) => void,
  targets: Readonly<Record<Name, Target>>,
): Promise<Readonly<Record<Name, readonly Taken[]>>> {
  const entries = Object.entries(targets) as [Name, Target][];
  const all = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Record<Name, Taken[]>;
  for (let round = 0; round <= ROUNDS; round++) {
    report(`round ${round} of ${ROUNDS}`);
    for (const [name, target] of entries) {
      const { rate } = await load(target, {});
      const { times } = await load(target, { overallRate: CALM });
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
      if (round > 0) all[name].push({ rate, p50: at(0.5), p95: at(0.95) });
    }
  }
  return all;
}

/** Requests for a few seconds; every one must succeed. `times` are milliseconds, sorted. */
async function load(
  { url, headers = {} }: Target,
  options: { readonly overallRate?: number },
): Promise<{ readonly rate: number; readonly times: readonly number[] }> {
  const times: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      // The certificate is made for this measurement alone; autocannon does not verify it.
      { url, headers: { ...headers }, connections: CONNECTIONS, duration: SECONDS, ...options },
      (error, found) => (error ? reject(error) : resolve(found)),
    );
    run.on("response", (_client, _status, _bytes, milliseconds) => times.push(milliseconds));
  });
  const { non2xx, errors, timeouts } = result;
  if (non2xx + errors + timeouts > 0)
    throw failure(url, `${non2xx} answers were no success, ${errors} requests failed, ${timeouts} had no answer`);
  return { rate: result["2xx"] / result.duration, times: times.sort((a, b) => a - b) };
}

function compared(
  name: string,
  what: string,
  taken: readonly Taken[],
  peerName: string,
  peer: readonly Taken[],
): readonly Measurement[] {
  const one = (key: keyof Taken, unit: Measurement["unit"], about: string): Measurement => {
    const values = taken.map((each) => each[key]);
    return {
      name,
      about: `${what}: ${about}`,
      value: median(values),
      unit,
      peer: { name: peerName, value: median(peer.map((each) => each[key])) },
      spread: [Math.min(...values), Math.max(...values)],
    };
  };
  return [
    one("rate", "requests/s", `${CONNECTIONS} connections`),
    one("p50", "ms", `median of ${CALM} a second`),
    one("p95", "ms", `95th percentile of ${CALM} a second`),
  ];
}
