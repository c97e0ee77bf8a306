// random.RandomBytes and random.RandomId: bytes of the operating system's source in the encodings people want them in.
import { randomBytes as draw } from "node:crypto";
import type { RandomBytesArgs, RandomIdArgs } from "@pulumi/random";
import type { Failure, InputsOf, ResourceType } from "../resource-type";

export const randomBytes: ResourceType<InputsOf<RandomBytesArgs>> = {
  required: ["length"],
  optional: ["keepers"],
  computed: ["base64", "hex"],
  secret: ["base64", "hex"],
  check: ({ length }) => atLeastOne("length", length),
  async create({ length }) {
    const bytes = draw(length);
    return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
  },
};

export const randomId: ResourceType<InputsOf<RandomIdArgs>> = {
  required: ["byteLength"],
  optional: ["keepers", "prefix"],
  computed: ["b64Std", "b64Url", "dec", "hex"],
  check: ({ byteLength }) => atLeastOne("byteLength", byteLength),
  async create({ byteLength, prefix = "" }) {
    const bytes = draw(byteLength);
    const outputs = {
      b64Std: prefix + bytes.toString("base64"),
      b64Url: prefix + bytes.toString("base64url"),
      dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
      hex: prefix + bytes.toString("hex"),
    };
    return { id: bytes.toString("base64url"), outputs };
  },
};

function atLeastOne(property: string, value: number | undefined): Failure[] {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return [];
  return [{ property, reason: `must be a whole number of 1 or more, got ${value}` }];
}
