// What the kernel says of a running copy's process: the same on every platform.
import { describe, expect, test } from "vitest";
import { FILES } from "../../catalogue/spec";
import { type Copy, output, type Rig, specOf } from "../rig";

/**
 * The suite on every running copy of `rig`. `writesOwnFiles` says of whom the delivered files are: ARCHITECTURE.md lists the
 * exception. @default nobody's
 */
export function hardeningScenarios(rig: Rig, writesOwnFiles: (copy: Copy) => boolean = () => false): void {
  const running = rig.services.filter(({ shape }) => shape !== "job").flatMap(({ name }) => rig.copies(name));

  describe.each(running.map((copy) => [copy.name, copy] as const))("the kernel says of %s", (_, copy) => {
    test("no root, no capability, no way to either, and a filter on system calls", async () => {
      const status = await output(copy, ["cat", "/proc/1/status"]);
      const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, "m").exec(status)?.[1];
      // Who reads the machine's logs is root without any right: see ARCHITECTURE.md, Exceptions.
      const root = specOf(rig, copy.service).hostReads.includes("logs");
      expect(field("Uid")?.split("\t").includes("0")).toBe(root);
      expect(["CapPrm", "CapEff", "CapBnd", "CapAmb"].map(field)).toEqual(Array(4).fill("0000000000000000"));
      expect([field("NoNewPrivs"), field("Seccomp")]).toEqual(["1", "2"]);
    });

    test("its root cannot be written, nor the files delivered to it", async () => {
      for (const path of ["/probe", "/usr/bin/probe", ...(writesOwnFiles(copy) ? [] : [`${FILES}/probe`])])
        expect((await copy.exec(["sh", "-c", `: > ${path}`])).code, path).not.toBe(0);
    });
  });
}
