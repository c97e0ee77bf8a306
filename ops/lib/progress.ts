// Long work as a tree of tasks: live on a terminal, plain lines with the elapsed time everywhere else.
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import { PlainRenderer } from "./plain-renderer";

export interface ProgressOptions {
  /** Standard output belongs to a JSON document: progress goes to standard error. */
  readonly json: boolean;
  /** Shows nothing where there is no terminal: for steps that usually take no time. @default false */
  readonly quiet?: boolean;
}

/** Runs tasks one after the other; throws what the first failing one throws. Errors are shown by the caller, once. */
export async function runTasks(tasks: readonly ListrTask[], { json, quiet = false }: ProgressOptions): Promise<void> {
  const live = !json && process.stdout.isTTY === true && process.env.CI === undefined;
  // The signal listeners of listr2 end the process; the engine's must be able to stop in good order first.
  const options = { concurrent: false, exitOnError: true, registerSignalListeners: false } as const;
  const list = live
    ? new Listr([...tasks], {
        ...options,
        renderer: "default",
        rendererOptions: { collapseSubtasks: true, showErrorMessage: false, timer: PRESET_TIMER },
      })
    : new Listr([...tasks], {
        ...options,
        renderer: PlainRenderer,
        fallbackRenderer: PlainRenderer,
        rendererOptions: { stream: json ? process.stderr : process.stdout },
        silentRendererCondition: quiet,
      });
  await list.run();
}
