// The suite that every platform must pass, whatever it renders. A platform supplies a view of its rendered value.
import { describe, expect, test } from "vitest";
import { certifiedServices } from "../catalogue/certificates";
import { connections } from "../catalogue/connections";
import { addressRefs } from "../catalogue/references";
import { type ServiceSpec, textParts } from "../catalogue/spec";
import { type Platform, type RenderContext, renderService } from "./platform";

/** What the suite looks at in a rendered service. */
export interface RenderedView {
  /** The copies as they will run. */
  readonly copies: readonly {
    readonly name: string;
    /** Everything an inspection shows: arguments, environment, labels, probe. */
    readonly inspectable: readonly string[];
    readonly probe: readonly string[] | undefined;
    readonly files: readonly { readonly name: string; readonly secret: boolean }[];
    /** Names of the variables that no inspection shows. */
    readonly secretVariables: readonly string[];
    readonly mounts: readonly string[];
  }[];
}

/** How a platform lets services reach each other. */
export interface Reach<Rendered> {
  /** Whether a copy of `from` may open connections to `port` of `to`. */
  reaches(from: Rendered, to: Rendered, port: number): boolean;
  /** Nothing passes that no reference asks for; otherwise whole networks are open to their services. */
  readonly exact: boolean;
}

/** Runs the suite for `platform` on a stack's context. */
export function conformance<Rendered>(
  platform: Platform<Rendered>,
  context: RenderContext,
  view: (rendered: Rendered) => RenderedView,
  { reaches, exact }: Reach<Rendered>,
): void {
  const { services } = context;
  const rendered = (spec: ServiceSpec) => view(renderService(platform, spec, context));

  describe(`${platform.name}, stack ${context.environment.stack}`, () => {
    test("supports every service of the stack", () => {
      expect(services.flatMap((spec) => platform.unsupported(spec, context))).toEqual([]);
    });

    test.each(services.map((spec) => [spec.name, spec] as const))(
      "%s: renders the same value every time",
      (_, spec) => {
        expect(renderService(platform, spec, context)).toEqual(renderService(platform, spec, context));
      },
    );

    test.each(services.map((spec) => [spec.name, spec] as const))(
      "%s: runs every copy, each with its probe",
      (_, spec) => {
        const { copies } = rendered(spec);
        expect(new Set(copies.map(({ name }) => name)).size).toBe(spec.copies);
        for (const copy of copies) expect(copy.probe === undefined).toBe(spec.ready === undefined);
      },
    );

    test.each(services.map((spec) => [spec.name, spec] as const))("%s: leaves no reference unanswered", (_, spec) => {
      for (const copy of rendered(spec).copies)
        for (const line of copy.inspectable) expect(line).not.toMatch(/\[object|undefined|\{(name|host|port)\}/);
    });

    test.each(services.map((spec) => [spec.name, spec] as const))(
      "%s: delivers every file, secret ones as secrets",
      (_, spec) => {
        const secretFiles = Object.entries(spec.files)
          .filter(([, content]) =>
            textParts(content).some(
              (part) =>
                typeof part !== "string" &&
                (part.ref === "secret" || (part.ref === "certificate" && part.part === "key")),
            ),
          )
          .map(([name]) => name);
        for (const { files } of rendered(spec).copies) {
          expect(files.map(({ name }) => name).sort()).toEqual(Object.keys(spec.files).sort());
          expect(files.filter(({ secret }) => secret).map(({ name }) => name)).toEqual(secretFiles);
        }
      },
    );

    test.each(services.map((spec) => [spec.name, spec] as const))(
      "%s: hides every variable that holds a secret",
      (_, spec) => {
        for (const { secretVariables } of rendered(spec).copies)
          expect([...secretVariables].sort()).toEqual(Object.keys(spec.secretEnv).sort());
      },
    );

    test.each(services.map((spec) => [spec.name, spec] as const))("%s: mounts every volume", (_, spec) => {
      for (const { mounts } of rendered(spec).copies)
        expect(mounts).toEqual(expect.arrayContaining(Object.values(spec.volumes).map(({ mount }) => mount)));
    });

    test("peers are one address per copy, all different; copies without identity may share one", () => {
      for (const ref of services.flatMap(addressRefs).filter((ref) => ref.ref === "peers")) {
        const addresses = platform.address(ref, context);
        const { copies, shape } = services.find(({ name }) => name === ref.service) as ServiceSpec;
        const different = new Set(addresses.map(({ host, port }) => `${host}:${port}`)).size;
        expect(shape === "stateful" ? [copies] : [1, copies]).toContain(different);
      }
    });

    test(`whom a service refers to lets it in${exact ? ", at that port and nowhere else" : ""}`, () => {
      const all = services.map((spec) => [spec, renderService(platform, spec, context)] as const);
      const allowed = all.flatMap(([from, source]) =>
        all.flatMap(([to, target]) =>
          Object.entries(to.ports)
            .filter(([, port]) => reaches(source, target, port))
            .map(([port]) => `${from.name} → ${to.name} ${port}`),
        ),
      );
      const needed = connections(services).map(({ from, to, port }) => `${from} → ${to} ${port}`);
      expect(allowed).toEqual(expect.arrayContaining(needed));
      if (exact) expect(allowed.filter((one) => !needed.includes(one))).toEqual([]);
    });

    test("a certificate names every host by which its service is reached", () => {
      const certified = new Set(certifiedServices(services).map(({ name }) => name));
      for (const ref of services.flatMap(addressRefs)) {
        const spec = services.find(({ name }) => name === ref.service);
        if (spec === undefined || !certified.has(spec.name)) continue;
        const names = platform.names(spec, context);
        for (const { host } of platform.address(ref, context)) expect(names).toContain(host);
      }
    });

    test("an override keeps the copies and their files", () => {
      for (const spec of services.filter(({ name }) => name in platform.overrides)) {
        const names = ({ copies }: RenderedView) => copies.map(({ name, files }) => ({ name, files }));
        expect(names(rendered(spec))).toEqual(names(view(platform.render(spec, context))));
      }
    });
  });
}
