// Names, uses and serial numbers as certificates hold them.
import { expect, test } from "vitest";
import { alternativeNames, extendedKeyUsage, keyUsage, nameOf, newSerial, termFailures } from "./x509";

test("a subject becomes a name in the customary order", () => {
  const subject = {
    commonName: "postgres",
    organization: "Groundwork",
    country: "DE",
    streetAddresses: ["A 1", "B 2"],
  };
  expect(nameOf(subject)).toEqual([
    { C: ["DE"] },
    { O: ["Groundwork"] },
    { "2.5.4.9": ["A 1"] },
    { "2.5.4.9": ["B 2"] },
    { CN: ["postgres"] },
  ]);
  expect(nameOf(undefined)).toEqual([]);
});

test("names, addresses and URIs become alternative names", () => {
  const names = { dnsNames: ["postgres-0"], ipAddresses: ["127.0.0.1"], uris: ["spiffe://a/b"] };
  expect(alternativeNames(names)).toEqual([
    { type: "dns", value: "postgres-0" },
    { type: "ip", value: "127.0.0.1" },
    { type: "url", value: "spiffe://a/b" },
  ]);
});

test("uses are told apart into key usage and extended key usage", () => {
  const uses = ["digital_signature", "server_auth", "cert_signing", "client_auth"];
  expect(keyUsage(uses)).toBe(1 | 32);
  expect(extendedKeyUsage(uses)).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

test("a serial number is positive and has 16 bytes", () => {
  for (let round = 0; round < 100; round++) expect(newSerial()).toMatch(/^[0-7][13579bdf][0-9a-f]{30}$/);
});

test("unknown uses and negative validity are told", () => {
  const failures = termFailures({ allowedUses: ["server_auth", "serverAuth"], validityPeriodHours: -1 });
  expect(failures.map(({ property }) => property)).toEqual(["allowedUses", "validityPeriodHours"]);
  expect(failures[0]?.reason).toMatch(/^must be any of digital_signature, .*, got serverAuth$/);
  expect(failures[1]?.reason).toBe("must be 0 or more, got -1");
});
