// Progress for logs: one line for what started, changed or ended, never two minutes of silence.
import {
  type ListrRenderer,
  type ListrRendererFactory,
  ListrTaskEventType,
  type ListrTaskObject,
  ListrTaskState,
} from "listr2";

type AnyTask = ListrTaskObject<unknown, ListrRendererFactory, ListrRendererFactory>;

export interface PlainRendererOptions {
  readonly stream: NodeJS.WritableStream;
}

/** The same option as the live renderer's: every line of output stays. */
export interface PlainTaskOptions {
  readonly persistentOutput?: boolean;
}

/** A task's output is shown at most this often, and only if it is not what was shown last. */
const OUTPUT_MILLISECONDS = 5_000;
/** A running task that says nothing is mentioned this often. */
const SILENCE_MILLISECONDS = 30_000;
/** What ends sooner is not worth a line, unless it fails. */
const QUICK_MILLISECONDS = 1_000;

interface Running {
  readonly since: number;
  /** When it was last mentioned, and when its output was last shown. */
  shown: number;
  output: number;
  line: string;
  /** Mentions the task once it has run for a while. */
  readonly begin: NodeJS.Timeout;
}

export class PlainRenderer implements ListrRenderer {
  static readonly nonTTY = true;
  static rendererOptions: PlainRendererOptions = { stream: process.stdout };
  static rendererTaskOptions: PlainTaskOptions;

  readonly #start = Date.now();
  readonly #running = new Map<AnyTask, Running>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly tasks: AnyTask[],
    private readonly options: PlainRendererOptions,
  ) {}

  render(): void {
    this.#watch(this.tasks);
    this.#timer = setInterval(() => this.#breakSilence(), SILENCE_MILLISECONDS / 6);
    this.#timer.unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #watch(tasks: readonly AnyTask[]): void {
    for (const task of tasks) {
      task.on(ListrTaskEventType.SUBTASK, (subtasks) => this.#watch(subtasks as AnyTask[]));
      task.on(ListrTaskEventType.STATE, (state) => this.#onState(task, state));
      task.on(ListrTaskEventType.OUTPUT, (output) => this.#onOutput(task, output));
    }
  }

  #onState(task: AnyTask, state: ListrTaskState): void {
    if (!task.hasTitle()) return;
    if (state === ListrTaskState.STARTED) {
      const begin = setTimeout(() => this.#show(task, "…"), QUICK_MILLISECONDS);
      this.#running.set(task, { since: Date.now(), shown: Date.now(), output: 0, line: "", begin });
    } else if (task.hasFinalized()) {
      const running = this.#running.get(task);
      clearTimeout(running?.begin);
      const quick = running !== undefined && Date.now() - running.since < QUICK_MILLISECONDS;
      if (!quick || state === ListrTaskState.FAILED) this.#show(task, this.#ending(task, state));
      this.#running.delete(task);
    }
  }

  #ending(task: AnyTask, state: ListrTaskState): string {
    if (state === ListrTaskState.SKIPPED) return "skipped";
    return `${state === ListrTaskState.COMPLETED ? "done in" : "failed after"} ${this.#took(task)}`;
  }

  #onOutput(task: AnyTask, output: string): void {
    const running = this.#running.get(task);
    const line = output.trimEnd().split("\n").at(-1)?.trim() ?? "";
    // Undefined for a task that sets no option, whatever its type says.
    const every = (task.rendererTaskOptions as PlainTaskOptions | undefined)?.persistentOutput === true;
    if (running === undefined || line === "") return;
    const patience = line === running.line ? SILENCE_MILLISECONDS : OUTPUT_MILLISECONDS;
    if (!every && Date.now() - running.output < patience) return;
    running.line = line;
    clearTimeout(running.begin);
    running.shown = running.output = Date.now();
    this.#show(task, line);
  }

  #breakSilence(): void {
    for (const [task, running] of this.#running) {
      if (task.hasSubtasks() || Date.now() - running.shown < SILENCE_MILLISECONDS) continue;
      running.shown = Date.now();
      this.#show(task, `running for ${this.#took(task)}`);
    }
  }

  #took(task: AnyTask): string {
    return `${Math.round((Date.now() - (this.#running.get(task)?.since ?? Date.now())) / 1000)} s`;
  }

  #show(task: AnyTask, text: string): void {
    const elapsed = `${Math.round((Date.now() - this.#start) / 1000)}`.padStart(5);
    this.options.stream.write(`${elapsed} s  ${task.title}: ${text}\n`);
  }
}
