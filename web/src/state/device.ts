const KEY = "parley.device";

/** This browser, to the server. */
export function deviceId(): string {
  const known = localStorage.getItem(KEY);
  if (known !== null) return known;
  const made = crypto.randomUUID();
  localStorage.setItem(KEY, made);
  return made;
}
