/*
 * One of several processes that create and delete the same few people and agents of a small tenant, over HTTP, as fast as it
 * can, until its time is up. Prints which statuses each kind of request was answered with.
 */
const [, , origin = '', token = '', blueprintId = '', sponsor = '', domain = '', seconds = '1'] = process.argv
const until = Date.now() + Number(seconds) * 1000
const names = 5
const tally: Record<string, number> = {}

type Answer = { status: number; body: Record<string, unknown> }

async function send(what: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  count(`${what} ${response.status}`)
  return { status: response.status, body: text ? JSON.parse(text) : {} }
}

const count = (what: string): void => {
  tally[what] = (tally[what] ?? 0) + 1
}

/** Every other one is deleted for good, and so makes room; the others take it until there is none. */
async function end(id: string, collection: string, round: number): Promise<void> {
  const { status } = await send('delete', 'DELETE', `/v1.0/${collection}/${id}`)
  if (status === 204) kept[collection]?.push(id)
  if (round % 2 === 0) await purge(collection)
}

async function purge(collection: string): Promise<void> {
  const id = kept[collection]?.shift()
  if (id !== undefined) await send('purge', 'DELETE', `/v1.0/directory/deletedItems/${id}`)
}

/** Deleted, and not for good yet. */
const kept: Record<string, string[]> = { users: [], servicePrincipals: [] }

async function people(): Promise<void> {
  for (let round = 0; Date.now() < until; round++) {
    const name = `grace-${Math.floor(Math.random() * names)}`
    const { body } = await send('user', 'POST', '/v1.0/users', {
      accountEnabled: true,
      displayName: 'Grace',
      mailNickname: name,
      userPrincipalName: `${name}@${domain}`,
    })
    if (typeof body.id === 'string') await end(body.id, 'users', round)
    else await purge('users')
  }
}

const agent = { agentIdentityBlueprintId: blueprintId, 'sponsors@odata.bind': [`/users/${sponsor}`] }

async function agents(): Promise<void> {
  for (let round = 0; Date.now() < until; round++) {
    const { body } = await send('agent', 'POST', '/v1.0/servicePrincipals/microsoft.graph.agentIdentity', {
      ...agent,
      displayName: 'Clerk',
    })
    if (typeof body.id === 'string') await end(body.id, 'servicePrincipals', round)
    else await purge('servicePrincipals')
  }
}

async function many(): Promise<void> {
  while (Date.now() < until) {
    const made = await send('bulk', 'POST', '/beta/sigil/agents/bulkCreate', {
      ...agent,
      agents: Array.from({ length: 15 }, (_, n) => ({ displayName: `Clerk ${n}` })),
    })
    const results = made.body.results as { status: number; id?: string }[]
    for (const { status } of results) count(`of bulk ${status}`)
    const ids = results.flatMap(({ id }) => id ?? [])
    if (ids.length === 0) continue
    await send('bulk', 'POST', '/beta/sigil/agents/bulkDelete', { ids })
    for (const id of ids.slice(0, -1)) await send('purge', 'DELETE', `/v1.0/directory/deletedItems/${id}`)
  }
}

await Promise.all([people(), people(), people(), agents(), agents(), agents(), many(), many()])
process.stdout.write(`${JSON.stringify(tally)}\n`)
