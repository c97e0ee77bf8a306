// Work that is done once for each object it depends on, however many ask.

/** `make`, with the result kept for as long as its argument lives. The argument must not change: catalogues and specs do not. */
export function oncePer<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before.value;
    const value = make(key);
    known.set(key, { value });
    return value;
  };
}
