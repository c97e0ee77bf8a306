// Clients of the database's own logins, for scenarios that ask it as a service does.
import type { Client } from "pg";
import { POSTGRES_LOGINS } from "../../catalogue/postgres-setup";
import type { Rig } from "../rig";
import { application, connected } from "./sql";

export type Login = keyof typeof POSTGRES_LOGINS;

/** Opens clients that have signed in through the pooler as a login of the platform; `end` closes all of them. */
export function sessions(rig: Rig): {
  readonly open: (login: Login) => Promise<Client>;
  readonly end: () => Promise<void>;
} {
  const opened: Client[] = [];
  return {
    open: async (login) => {
      const config = { ...(await application(rig)), user: login, password: await rig.secret(POSTGRES_LOGINS[login]) };
      const client = await connected(config);
      opened.push(client);
      return client;
    },
    end: async () => {
      await Promise.all(opened.splice(0).map((client) => client.end()));
    },
  };
}
