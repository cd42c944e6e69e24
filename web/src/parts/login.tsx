// Who is logged in, where a node asks; and who may see users and ACLs.
import { useQuery } from "@tanstack/react-query";
import { asApiError, notOffered, userList, useSession, useWho } from "../api";

export interface Login {
  required: boolean;          // the node asks for user and password
  user: string | null;        // who is logged in; null: nobody, or the node does not say
  may: boolean;               // sees users and ACLs, so may act as others where the node asks
  offered: boolean;           // false: another one asks (a Kafka cluster), or an older node
  known: boolean;
}
export function useLogin(): Login {
  const users = useQuery(userList()), who = useWho(), session = useSession();
  const refused = users.error ? asApiError(users.error).status === 403 : false, offered = !(users.error && notOffered(users.error));
  const said = who as unknown as { login?: string | null; authentication?: string } | undefined;
  const required = said?.authentication ? said.authentication === "required" : refused || users.data?.authentication === "required";
  return { required, user: required ? said?.login ?? (session.as ? null : who?.person ?? null) : null, may: Boolean(users.data) && !refused, offered, known: users.data !== undefined || users.error !== null };
}
