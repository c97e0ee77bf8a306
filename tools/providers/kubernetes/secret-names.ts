// Which Secrets a pod can see. Pure.

/** The names of all Secrets that a pod's specification refers to, by variable, volume or pull credential. */
export function secretNames(spec: unknown): readonly string[] {
  const found = new Set<string>();
  collect(spec, found);
  return [...found].sort();
}

function collect(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, found);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const named = inner as { readonly name?: unknown; readonly secretName?: unknown };
    if ((key === "secretKeyRef" || key === "secretRef" || key === "secret") && typeof inner === "object" && inner) {
      const name = named.secretName ?? named.name;
      if (typeof name === "string") found.add(name);
    }
    collect(inner, found);
  }
}
