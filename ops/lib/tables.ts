// Tables for people. Colours only where a terminal shows them.
import { stripVTControlCharacters, styleText } from "node:util";
import Table from "cli-table3";
import { SECRETS } from "../../infra/catalogue/secrets";
import type { Environment } from "../../infra/environment";
import type { ServiceState, StackStatus } from "./status";

const COLOURS = {
  healthy: "green",
  done: "green",
  starting: "yellow",
  degraded: "yellow",
  down: "red",
  missing: "red",
} as const satisfies Record<ServiceState, string>;

/** One line per service: state, copies, addresses. */
export function statusTable({ services }: StackStatus): string {
  return table(
    ["service", "state", "ready", "endpoints"],
    services.map(({ name, state, copies, endpoints }) => [
      name,
      colour(COLOURS[state], state),
      `${copies.ready}/${copies.wanted}`,
      endpoints.map(({ url }) => url).join("\n"),
    ]),
  );
}

/** Every way in, with who signs in there and how to print the password. */
export function endpointTable({ stack }: Environment, { services }: Pick<StackStatus, "services">): string {
  const option = stack === "local" ? "" : ` -s ${stack}`;
  const people = Object.entries(SECRETS).flatMap(([name, { forPeople }]) =>
    forPeople ? [{ name, ...forPeople }] : [],
  );
  return table(
    ["endpoint", "url", "user", "password"],
    services
      .flatMap(({ endpoints }) => endpoints)
      .map(({ name, url }) => {
        const login = people.find((person) => person.endpoints.includes(name));
        return [name, url, login?.user ?? "", login ? `./groundwork secret ${login.name}${option}` : ""];
      }),
  );
}

/** A table without lines: columns, two spaces apart. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = Object.fromEntries(
    ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
      ["", "-mid", "-left", "-right"].map((part) => [`${side}${part}`, ""]),
    ),
  );
  const built = new Table({
    head: head.map((title) => colour("dim", title)),
    chars: { ...none, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  built.push(...rows.map((row) => [...row]));
  return built
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** `text` in a colour, where a terminal shows it. */
export function colour(format: "green" | "yellow" | "red" | "dim", text: string): string {
  return process.stdout.isTTY ? styleText(format, text) : stripVTControlCharacters(text);
}
