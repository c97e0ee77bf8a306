// YAML configuration files written as structured values whose references stay references.
import { Document, Scalar, visit } from "yaml";
import { joinText, type PeersRef, type Ref, type Text, textParts } from "./spec";

/** A value of a configuration file. A reference stands for a string. */
export type ConfigValue =
  | string
  | number
  | boolean
  | Ref
  | Joined
  | Numeric
  | Each
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

/** A string made of literal text and references. */
export interface Joined {
  readonly joined: Text;
}
/** A number that a reference stands for. */
export interface Numeric {
  readonly numeric: Ref;
}
/** List items of which only the platform knows how many there are: one per member of a service. */
export interface Each {
  readonly each: PeersRef;
}

/** A string with references in it, e.g. `joined(text`https://${endpoint("minio", "api")}`)`. */
export const joined = (value: Text): Joined => ({ joined: value });

/** A number, e.g. `numeric(endpoint("minio", "api", "port"))`, where the reader takes no string for one. */
export const numeric = (value: Ref): Numeric => ({ numeric: value });

/** What an item of `each` is made of. */
export type EachItem = string | readonly EachItem[] | { readonly [key: string]: EachItem };

/** One list item per member of a service: a string, list or map, with `{name}`, `{host}` and `{port}` in its strings. */
export const each = (service: PeersRef["service"], port: string, item: EachItem): Each => ({
  each: { ref: "peers", service, port, format: JSON.stringify(item), separator: ", " },
});

/** The value as YAML. What its references stand for must need no escaping between double quotes: no certificates. */
export function yamlText(value: ConfigValue): Text {
  const held: Text[] = [];
  const document = new Document(hold(value, held), { aliasDuplicateObjects: false });
  visit(document, {
    // Items of unknown number fit between brackets only, since a line of its own belongs to one item.
    Seq: (_, list) => {
      list.flow = list.items.some((item) => item instanceof Scalar && item.type === Scalar.PLAIN);
    },
  });
  const pieces = document.toString({ lineWidth: 0 }).split(MARK);
  return joinText(pieces.map((piece, i) => (i % 2 === 0 ? piece : (held[Number(piece)] as Text))));
}

// A private-use character: no configuration contains it, and YAML writes it as it is.
const MARK = "\uE000";

/** The value with marks in place of references: quoted for a string, plain for list items. */
function hold(value: ConfigValue, held: Text[]): unknown {
  if (typeof value !== "object") return value;
  if (isList(value)) return value.map((item) => hold(item, held));
  if (isRef(value)) return marked(value, Scalar.QUOTE_DOUBLE, held);
  if (isJoined(value)) return marked(escaped(value.joined), Scalar.QUOTE_DOUBLE, held);
  if (isNumeric(value)) return marked(value.numeric, Scalar.PLAIN, held);
  if (isEach(value)) return marked(value.each, Scalar.PLAIN, held);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hold(inner, held)]));
}

/** The text as it stands between double quotes, where a line break or a quote needs an escape. */
function escaped(text: Text): Text {
  return joinText(textParts(text).map((part) => (typeof part === "string" ? JSON.stringify(part).slice(1, -1) : part)));
}

function marked(text: Text, type: Scalar.Type, held: Text[]): Scalar {
  const scalar = new Scalar(`${MARK}${held.push(text) - 1}${MARK}`);
  scalar.type = type;
  return scalar;
}

const isList = (value: object): value is readonly ConfigValue[] => Array.isArray(value);
const isRef = (value: object): value is Ref => typeof (value as Partial<Ref>).ref === "string";
const isJoined = (value: object): value is Joined => "joined" in value;
const isNumeric = (value: object): value is Numeric => "numeric" in value;
const isEach = (value: object): value is Each => "each" in value;
