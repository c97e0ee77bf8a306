// How stack values are refused, for tests of their schema and rules.
import { parseEnvironment } from "../environment";

/** The whole error with which the values of stack `test` are refused, as a person reads it; else "accepted". */
export function refusal(values: Record<string, unknown>): string {
  try {
    parseEnvironment("test", values);
  } catch (error) {
    return (error as Error).message;
  }
  return "accepted";
}
