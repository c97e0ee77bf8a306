// The example function, called as the edge runtime calls it.
import { expect, test } from "vitest";
import { greeting } from "./index";

const call = (body?: string) =>
  greeting(
    new Request("https://api.example.org/hello", { method: "POST", ...(body !== undefined && { body }) }),
    "here",
  );

test.each([
  ['{"name":"Ada"}', "Hello, Ada"],
  ["no JSON", "Hello, world"],
  [undefined, "Hello, world"],
])("%s is answered %s", async (body, message) => {
  expect(await (await call(body)).json()).toEqual({ message, from: "here" });
});
