// One run of the engine, shown service by service.
import type { ListrTask, ListrTaskWrapper } from "listr2";
import type { ServiceSpec } from "../../infra/catalogue/spec";
import type { Problem } from "../../infra/lib/errors";
import { type ResourceProgress, RunRecord } from "./engine-events";
import { Failure, failure } from "./failure";
import type { Operations } from "./platforms/operations";
import { pulumiEvents } from "./pulumi";

// biome-ignore lint/suspicious/noExplicitAny: listr2 asks for the types of renderers that a task never sees
type TaskHandle = ListrTaskWrapper<any, any, any>;

export interface ProvisionArgs {
  readonly stack: string;
  readonly services: readonly ServiceSpec[];
  /** The resources by which a service is shown. */
  readonly shown: Operations["shown"];
  /** Compare the state with the platform first. */
  readonly refresh: () => boolean;
  /** Told the number of resources by operation, once all went well. */
  readonly onChanges: (changes: Readonly<Record<string, number>>) => void;
}

/** Runs `pulumi up`; one subtask for each service shows how far it is. */
export function provisionTask({ stack, services, shown, refresh, onChanges }: ProvisionArgs): ListrTask {
  return {
    title: "provision",
    task: (_, task) => {
      const boards = new Map(services.map((spec) => [spec.name as string, new ServiceBoard(spec, shown)]));
      const record = new RunRecord();
      const run = pulumiEvents(
        stack,
        ["up", "--yes", "--skip-preview", ...(refresh() ? ["--refresh"] : [])],
        (event) => {
          const step = record.add(event);
          if (step !== undefined) boards.get(step.parent)?.show(step);
        },
        () => {
          task.output = "stopping after what is in flight";
        },
      ).finally(() => {
        for (const board of boards.values()) board.close();
      });
      const outcome = run.then((ended) => {
        if (ended.code !== 0) throw runFailure("up", stack, ended, record);
        onChanges(record.changes);
      });
      const listed = [...boards.values()].map((board) => board.task(outcome));
      return task.newListr([...listed, { task: () => outcome }], { concurrent: true });
    },
  };
}

/** Why a run of the engine failed, in the engine's and the program's own words. */
export function runFailure(
  verb: string,
  stack: string,
  { stopped, stderr }: { readonly stopped: boolean; readonly stderr: string },
  { errors }: RunRecord,
): Failure {
  if (stopped)
    return failure(`groundwork ${verb}`, "was interrupted", `run it again: groundwork ${verb} --stack ${stack}`);
  const reasons: readonly Problem[] =
    errors.length > 0 ? errors : [{ path: `pulumi ${verb}`, fact: stderr || "failed" }];
  return new Failure(reasons);
}

/** Operations that leave a copy in place, in the words of a summary. */
const PAST: Readonly<Record<string, string>> = {
  create: "started",
  "create-replacement": "replaced",
  update: "changed",
  same: "unchanged",
};

/** Operations under way. */
const PRESENT: Readonly<Record<string, string>> = {
  create: "starting",
  "create-replacement": "starting",
  delete: "stopping",
  "delete-replaced": "stopping",
  update: "changing",
};

/** Shows one service's copies until all are done or the run has ended. */
class ServiceBoard {
  readonly #copies = new Map<string, ResourceProgress>();
  readonly #closed: Promise<void>;
  #close: () => void = () => undefined;
  #task: TaskHandle | undefined;
  #ended = false;

  constructor(
    private readonly spec: ServiceSpec,
    private readonly shown: Operations["shown"],
  ) {
    this.#closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** A task that ends with the service's last copy; a failed one ends as the run does. */
  task(outcome: Promise<void>): ListrTask {
    return {
      title: this.spec.name,
      task: async (_, task) => {
        this.#task = task;
        this.#draw();
        await this.#closed;
        if (this.#failed()) await outcome;
        if (this.#done() < this.shown.count(this.spec)) task.skip(`${this.spec.name}: not reached`);
        else task.title = `${this.spec.name}: ${this.#summary()}`;
      },
    };
  }

  show(step: ResourceProgress): void {
    if (!this.shown.types.includes(step.type)) return;
    this.#copies.set(step.name, step);
    this.#draw();
    if (this.#done() >= this.shown.count(this.spec)) this.close();
  }

  close(): void {
    this.#ended = true;
    this.#close();
  }

  #draw(): void {
    const current = [...this.#copies.values()].filter(({ state, op }) => state === "running" && op in PRESENT);
    if (this.#task !== undefined && !this.#ended && current.length > 0)
      this.#task.output = current.map(({ name, op }) => `${PRESENT[op]} ${name}`).join(", ");
  }

  #done(): number {
    return [...this.#copies.values()].filter(({ state, op }) => state === "done" && op in PAST).length;
  }

  #failed(): boolean {
    return [...this.#copies.values()].some(({ state }) => state === "failed");
  }

  #summary(): string {
    const ops = [...this.#copies.values()].map(({ op }) => PAST[op] ?? op);
    return [...new Set(ops)].map((op) => `${ops.filter((each) => each === op).length} ${op}`).join(", ");
  }
}
