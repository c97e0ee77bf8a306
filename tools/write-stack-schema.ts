// `npm run schema`: writes stacks/schema.json anew after a change of the schema in infra/environment.ts.
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stackFileSchemaText } from "../infra/stack-schema";
import { ROOT } from "./paths";

const target = join(ROOT, "stacks", "schema.json");
writeFileSync(`${target}.new`, stackFileSchemaText());
renameSync(`${target}.new`, target);
