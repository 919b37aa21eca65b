/** The values, in order, of the roles held, of those that the resource (still) offers: a role that is disabled or gone gives nothing. */
export function effectiveRoles(held: ReadonlySet<string>, valueFor: (id: string) => string | undefined): string[] {
  const values = [...held].map(valueFor).filter((value) => value !== undefined)
  return [...new Set(values)].sort()
}

/**
 * What an agent holds on a resource, roles or scopes: its own, and those that its blueprint's principal holds and the blueprint
 * lets it inherit (reference §5.2). Merged when it counts; nothing of it is written to the agent.
 */
export function withInherited(
  own: Iterable<string>,
  parents: Iterable<string>,
  inherit: 'allAllowed' | 'none' | readonly string[] | undefined,
): ReadonlySet<string> {
  if (inherit === undefined || inherit === 'none') return new Set(own)
  const inherited = [...parents].filter((each) => inherit === 'allAllowed' || inherit.includes(each))
  return new Set([...own, ...inherited])
}
