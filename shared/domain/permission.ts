/** The values, in order, of the roles held, of those that the resource (still) offers: a role that is disabled or gone gives nothing. */
export function effectiveRoles(held: ReadonlySet<string>, valueFor: (id: string) => string | undefined): string[] {
  const values = [...held].map(valueFor).filter((value) => value !== undefined)
  return [...new Set(values)].sort()
}
