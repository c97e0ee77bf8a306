// The plugin `pulumi-resource-random`: the resource types in use, under the official names.
import { version } from "@pulumi/random/package.json";
import { serveProvider } from "../serve-provider";
import { randomBytes, randomId } from "./bytes";
import { randomPassword } from "./password";

serveProvider({
  name: "random",
  version,
  types: {
    "random:index/randomBytes:RandomBytes": randomBytes,
    "random:index/randomId:RandomId": randomId,
    "random:index/randomPassword:RandomPassword": randomPassword,
  },
});
