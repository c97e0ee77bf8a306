// What is read off a container while it starts.
import { expect, test } from "vitest";
import { withoutFrames } from "./container-life";

const frame = (stream: number, text: string) => {
  const head = Buffer.alloc(8);
  head[0] = stream;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
};

test("a log is put together from its pieces, cut characters included", () => {
  const whole = Buffer.concat([frame(1, "grüße\n"), frame(2, "failed\n")]);
  expect(withoutFrames(whole)).toBe("grüße\nfailed\n");
  expect(withoutFrames(Buffer.alloc(0))).toBe("");
});
