const KEY = "parley.device";

/** Returns the id of this browser, created at the first call. */
export function deviceId(): string {
  const known = localStorage.getItem(KEY);
  if (known !== null) return known;
  const created = crypto.randomUUID();
  localStorage.setItem(KEY, created);
  return created;
}
