// One configured provider at work: resources in, objects of a cluster out.
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { hasSecret, type Properties, reveal } from "../wire";
import { type Applying, createObject, deleteObject, updateObject, type Verified, verify, wouldBe } from "./apply";
import { Cluster, Refusal, UnknownKind } from "./cluster";
import { type Configuration, kubeConfigOf } from "./configuration";
import type { EngineLog } from "./engine-log";
import { initFailed } from "./errors";
import { fieldManagerOf, identityOf, idOf, type Live, placeOfId, titleOf } from "./identity";
import { driftedInputs, outputsOf, withSecretData } from "./object";
import { isAwaited } from "./readiness";
import { idOfLive, NotReady, PATIENCE_SECONDS, untilReady } from "./wait";

/** What a call is about. */
export interface ResourceCall {
  readonly urn: string;
  readonly token: string;
  readonly signal: AbortSignal;
  /** From `customTimeouts`; 0 stands for the default. */
  readonly seconds: number;
  /** The last recorded outputs. */
  readonly olds?: Properties;
  /** Hides the secrets of the run. */
  readonly redact: (text: string) => string;
}

export interface Recorded {
  readonly id: string;
  readonly outputs: Properties;
}

export class Session {
  readonly #configuration: Configuration;
  readonly #log: EngineLog;
  #cluster: Cluster | undefined;

  constructor(configuration: Configuration, log: EngineLog) {
    this.#configuration = configuration;
    this.#log = log;
  }

  /** Where an object goes that names no namespace. */
  get defaultNamespace(): string {
    if (this.#configuration.namespace !== undefined) return this.#configuration.namespace;
    try {
      const config = kubeConfigOf(this.#configuration);
      return config.getContextObject(config.getCurrentContext())?.namespace ?? "default";
    } catch {
      return "default";
    }
  }

  /** Lets the server judge what a run would do; throws what it refuses, and says what it could not judge. */
  async verify(call: ResourceCall, inputs: Properties, creating: boolean): Promise<void> {
    let verified: Verified;
    try {
      const applying = this.#applying(call, inputs);
      verified = await verify(applying, reveal(inputs), creating, this.#configuration.upsertExistingObjects);
    } catch (error) {
      if (error instanceof Refusal) throw this.#refused(call, inputs, error);
      verified = { verified: false, because: error instanceof Error ? error.message : String(error) };
    }
    if (!verified.verified) this.#log.notice(`not verified by the API server: ${call.redact(verified.because)}`);
  }

  async create(call: ResourceCall, inputs: Properties): Promise<Recorded> {
    const applying = this.#applying(call, inputs);
    const upsert = this.#configuration.upsertExistingObjects;
    return this.#settled(call, applying, inputs, () => createObject(applying, reveal(inputs), upsert));
  }

  async update(call: ResourceCall, inputs: Properties): Promise<Recorded> {
    const applying = this.#applying(call, inputs);
    return this.#settled(call, applying, inputs, () => updateObject(applying, reveal(inputs)));
  }

  /** The object as it is, with inputs that show drift; `undefined` when it is gone. Without inputs it is an import. */
  async read(call: ResourceCall, id: string, inputs: Properties) {
    const imported = Object.keys(inputs).length === 0;
    const wanted = imported ? { metadata: placeOfId(id) } : inputs;
    const applying = this.#applying(call, wanted);
    const path = await applying.cluster.pathOf(applying.identity).catch((error) => {
      if (error instanceof UnknownKind) return undefined;
      throw error;
    });
    const live = path === undefined ? undefined : await applying.cluster.get<Live>(path);
    if (!live) return undefined;
    const outputs = (of: Properties) => outputsOf(live, of, bookkeeping(applying));
    if (imported) return { id, inputs: importedInputs(live), outputs: outputs({}) };
    const applied = await wouldBe(applying, reveal(inputs));
    const drifted = applied === undefined ? inputs : driftedInputs(inputs, live, applied);
    return { id: idOfLive(live), inputs: drifted, outputs: outputs(inputs) };
  }

  async delete(call: ResourceCall, outputs: Properties): Promise<void> {
    const applying = this.#applying(call, outputs);
    try {
      await deleteObject(applying, annotationsOf(outputs));
    } catch (error) {
      if (error instanceof UnknownKind) return;
      throw error instanceof Refusal ? this.#refused(call, outputs, error) : error;
    }
  }

  /** Does `work`, waits until the object is ready, and records it also when it is not. */
  async #settled(
    call: ResourceCall,
    applying: Applying,
    inputs: Properties,
    work: () => Promise<Live>,
  ): Promise<Recorded> {
    const record = (live: Live) => ({ id: idOfLive(live), outputs: outputsOf(live, inputs, bookkeeping(applying)) });
    let live: Live;
    try {
      live = await work();
    } catch (error) {
      throw error instanceof Refusal ? this.#refused(call, inputs, error) : error;
    }
    if (annotationsOf(inputs)["pulumi.com/skipAwait"] === "true" || !isAwaited(live)) return record(live);
    try {
      return record(await untilReady(applying.cluster, live, applying.waiting));
    } catch (error) {
      const known =
        error instanceof NotReady ? error : new NotReady(live, [`${error instanceof Error ? error.message : error}`]);
      const { id, outputs } = record(known.live);
      throw initFailed({
        id,
        properties: Struct.fromJavaScript(outputs as never),
        inputs: Struct.fromJavaScript(inputs as never),
        reasons: known.reasons.map(call.redact),
      });
    }
  }

  #applying({ urn, token, signal, seconds, olds, redact }: ResourceCall, inputs: Properties): Applying {
    const plain = reveal(inputs);
    const annotations = annotationsOf(inputs);
    const recorded = reveal(olds ?? {}).__fieldManager ?? plain.__fieldManager;
    this.#cluster ??= new Cluster(kubeConfigOf(this.#configuration));
    return {
      cluster: this.#cluster,
      identity: identityOf(token, plain),
      manager:
        annotations["pulumi.com/patchFieldManager"] ?? (typeof recorded === "string" ? recorded : fieldManagerOf(urn)),
      force: this.#configuration.enablePatchForce || annotations["pulumi.com/patchForce"] === "true",
      waiting: {
        seconds: seconds || Number(annotations["pulumi.com/timeoutSeconds"]) || PATIENCE_SECONDS,
        signal,
        onProgress: (text) => this.#log.progress(urn, redact(text)),
      },
      onWarning: (text) => this.#log.warning(urn, redact(text)),
    };
  }

  #refused({ token }: ResourceCall, inputs: Properties, { message }: Refusal): Error {
    const identity = identityOf(token, reveal(inputs));
    const named =
      message.includes(idOf(identity)) && message.startsWith(identity.kind)
        ? message
        : `${titleOf(identity)}: ${message}`;
    // The server repeats the value that it refuses.
    return new Error(
      hasSecret(inputs) ? named.replaceAll(/Invalid value: ("(?:[^"\\]|\\.)*"|\S+)/g, "Invalid value") : named,
    );
  }
}

/** What the official provider keeps in the state too. */
function bookkeeping({ manager, identity }: Applying): Properties {
  return { __fieldManager: manager, __initialApiVersion: identity.apiVersion };
}

function annotationsOf(of: Properties): Readonly<Record<string, string>> {
  const { metadata } = reveal({ metadata: of.metadata ?? {} }) as {
    metadata: { annotations?: Record<string, string> };
  };
  return metadata.annotations ?? {};
}

/** The inputs that would make `live` as it is, the server's own fields left out. */
function importedInputs(live: Live): Properties {
  const { status: _, metadata, ...rest } = live;
  const own = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];
  const kept = Object.fromEntries(Object.entries(metadata).filter(([name]) => !own.includes(name)));
  return withSecretData({ ...rest, metadata: kept });
}
