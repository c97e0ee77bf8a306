// The plugin `pulumi-resource-docker`: the resource types in use, under the official names.
import { version } from "@pulumi/docker/package.json";
import { serveProvider } from "../serve-provider";
import { container } from "./container";
import { connect } from "./engine";
import { network } from "./network";
import { remoteImage } from "./remote-image";
import { volume } from "./volume";

serveProvider({
  name: "docker",
  version,
  configure: ({ host }) => connect(host),
  types: {
    "docker:index/container:Container": container,
    "docker:index/network:Network": network,
    "docker:index/remoteImage:RemoteImage": remoteImage,
    "docker:index/volume:Volume": volume,
  },
});
