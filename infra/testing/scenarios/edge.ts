// HTTP as the outside speaks it: to the published ports, by the platform's host names, trusting nothing but its CA.
import { type IncomingHttpHeaders, request as plainRequest } from "node:http";
import { Agent, type AgentOptions, type RequestOptions, request as secureRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { allReady, type Rig, until } from "../rig";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** All that is asked of a stack to reach it from outside. */
type Addressed = Pick<Rig, "environment">;

/** The host name of a route, e.g. `storage` → `storage.example.org`. */
export function hostOf({ environment }: Addressed, route: string): string {
  return `${route}.${environment.domain}`;
}

/** An agent that finds every name at the published address; not every resolver answers for names below `localhost`. */
export async function edgeAgent(rig: Rig, options: AgentOptions = {}): Promise<Agent> {
  const address = await rig.address();
  const lookup: LookupFunction = (_, { all }, done) =>
    all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
  return new Agent({ keepAlive: true, ca: await rig.authority(), lookup, ...options });
}

/** Starts the edge anew, so that it forgets whom it has counted: its limits are few requests for a suite of tests. */
export async function forgetLimits(rig: Rig): Promise<void> {
  for (const copy of rig.copies("traefik")) {
    await copy.stop();
    await copy.start();
  }
  await allReady(rig, ["traefik"]);
  await until("the edge", 30, async () => (await askPlainly(rig, "storage", "/")).status === 301);
}

/** One request over HTTPS to a route's host. */
export function ask(
  rig: Addressed,
  agent: Agent,
  route: string,
  path: string,
  options: Pick<RequestOptions, "method" | "headers"> & { readonly body?: string | Buffer } = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  const { https } = rig.environment.publish;
  return answerTo(secureRequest({ ...rest, agent, host: hostOf(rig, route), port: https, path }), body);
}

/** One request over plain HTTP. */
export async function askPlainly(rig: Rig, route: string, path: string): Promise<Answer> {
  const { http } = rig.environment.publish;
  const headers = { host: `${hostOf(rig, route)}:${http}` };
  return answerTo(plainRequest({ host: await rig.address(), port: http, path, headers }));
}

function answerTo(request: ReturnType<typeof plainRequest>, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.once("error", reject);
    request.once("response", async (response) => {
      try {
        let text = "";
        for await (const piece of response.setEncoding("utf8")) text += piece;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      } catch (error) {
        reject(error);
      }
    });
    request.end(body);
  });
}

/** An S3 client of one of the platform's users, outside the platform. */
export async function s3Client(rig: Rig, user: "storage" | "backup"): Promise<S3Client> {
  return new S3Client({
    endpoint: `https://${hostOf(rig, "storage")}:${rig.environment.publish.https}`,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: user, secretAccessKey: await rig.secret(`minio-${user}`) },
    requestHandler: { httpsAgent: await edgeAgent(rig), requestTimeout: 10_000, connectionTimeout: 5_000 },
  });
}
