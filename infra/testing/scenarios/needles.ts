// Every secret of a stack in the forms in which it could leak, and the search for them. Finds are told by name, never by value.

/** One form of one secret. */
export interface Needle {
  readonly secret: string;
  readonly form: string;
}

/** The forms of a secret that something might print: as it is, and inside anything that was written in base64. */
export function needlesOf(secret: string, value: string): readonly Needle[] {
  if (value.includes("PRIVATE KEY")) return pemLines(value).map((form) => ({ secret, form }));
  return [value, ...insideBase64(value)].map((form) => ({ secret, form }));
}

/** The lines of a key that are its own: a printed PEM may be wrapped, escaped or indented. */
function pemLines(pem: string): readonly string[] {
  // The first line names the algorithm, the same in every key of one kind; the last may be short enough to be anywhere.
  return pem
    .split("\n")
    .filter((line) => !line.startsWith("-----") && line.length >= 40)
    .slice(1);
}

/** What base64 makes of the value at each of the three offsets, without the characters that depend on its surroundings. */
function insideBase64(value: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(`${"\0".repeat(offset)}${value}`)
      .toString("base64")
      .replace(/=+$/, "");
    return encoded.slice(Math.ceil((offset * 4) / 3), -1);
  });
}

/** `secret: place` for each secret that stands in a text. */
export function leaks(needles: readonly Needle[], place: string, text: string): readonly string[] {
  return [...new Set(needles.filter(({ form }) => text.includes(form)).map(({ secret }) => `${secret}: ${place}`))];
}
