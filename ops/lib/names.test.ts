// The note about names that cannot be looked up, and the look-up itself on names whose answer is fixed by standards.
import { expect, test } from "vitest";
import { unknownHosts, unknownHostsNote } from "./names";

test("says each host that the resolver does not know, once", async () => {
  const urls = ["https://localhost:8443", "https://nowhere.invalid:8443", "postgresql://app@nowhere.invalid/postgres"];
  expect(await unknownHosts(urls)).toEqual(["nowhere.invalid"]);
});

test("the hint is the line to add, for the address that Traefik listens on", () => {
  expect(unknownHostsNote(["db.localhost", "storage.localhost"], "0.0.0.0")).toBe(
    "db.localhost, storage.localhost: are unknown to this machine's resolver\n" +
      "  hint: add to /etc/hosts: 127.0.0.1 db.localhost storage.localhost",
  );
  expect(unknownHostsNote([], "127.0.0.1")).toBe("");
});
