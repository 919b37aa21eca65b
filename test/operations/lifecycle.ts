import { expect } from 'vitest'
import type { Family } from '../scenarios/families.ts'
import type { Made } from '../scenarios/makers.ts'
import type { Answer, Row, Sigil } from '../support/sigil.ts'

/** What the tests of deletion, restoration and purge have in common. */

const exchange = 'api://AzureADTokenExchange/.default'
export const graphScope = 'https://graph.microsoft.com/.default'
export const deletedItem = (id: string): string => `/directory/deletedItems/${id}`

/** A management call with a preference (RFC 7240). */
export async function prefer(sigil: Sigil, preference: string, method: string, path: string): Promise<Answer> {
  return sigil.send(`/v1.0${path}`, {
    method,
    headers: { authorization: `Bearer ${await sigil.adminToken()}`, prefer: preference },
  })
}

/** The blueprint asks for a T1 of an agent. */
export const askForT1 = (sigil: Sigil, { blueprint: parent, secret }: Family, agent: Made): Promise<Answer> =>
  sigil.token({
    client_id: parent.appId,
    client_secret: secret,
    scope: exchange,
    grant_type: 'client_credentials',
    fmi_path: agent.id,
  })

export async function t1(sigil: Sigil, family: Family, agent: Made): Promise<string> {
  const { status, body } = await askForT1(sigil, family, agent)
  expect(status).toBe(200)
  return String(body.access_token)
}

/** The agent asks for a token of the management API with its T1. */
export const askAsAgent = (sigil: Sigil, agent: Made, token: string): Promise<Answer> =>
  sigil.token({
    client_id: agent.id,
    scope: graphScope,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token,
  })

export async function agentToken(sigil: Sigil, family: Family, agent: Made): Promise<string> {
  const { status, body } = await askAsAgent(sigil, agent, await t1(sigil, family, agent))
  expect(status).toBe(200)
  return String(body.access_token)
}

/** Whether the agent gets a token now, all the way from its blueprint's secret. */
export async function works(sigil: Sigil, family: Family, agent: Made): Promise<boolean> {
  const { status, body } = await askForT1(sigil, family, agent)
  if (status !== 200) return false
  return (await askAsAgent(sigil, agent, String(body.access_token))).status === 200
}

/** Which of some objects are living, deleted, or neither. */
export async function statesOf(sigil: Sigil, objects: readonly Made[]): Promise<('living' | 'deleted' | 'gone')[]> {
  const rows = await sigil.rows()
  const idsIn = (prefix: string) => new Set(rows.filter(({ pk }) => pk.startsWith(prefix)).map(({ sk }) => sk))
  const [living, deleted] = [idsIn('DIRECTORY#'), idsIn('DELETED#')]
  return objects.map(({ id }) => (living.has(id) ? 'living' : deleted.has(id) ? 'deleted' : 'gone'))
}

/** Rows that name an object anywhere, in their keys or attributes; what has happened to it is no such row. */
export async function rowsNaming(sigil: Sigil, ...ids: string[]): Promise<string[]> {
  const rows = (await sigil.rows()).filter(({ pk }) => !/^(AUDIT|SIGNIN|OPERATION)#/.test(pk))
  const naming = rows.filter((row) => ids.some((id) => text(row).includes(id)))
  return naming.map(({ pk, sk }) => `${pk} ${sk}`)
}

const text = (row: Row): string => JSON.stringify(row, (_, value) => (value instanceof Set ? [...value] : value))

/** Every counter against a recount of the objects that there are. */
export async function expectExactCounters(sigil: Sigil): Promise<void> {
  const expected = new Map<string, { live: number; all: number }>()
  const count = (
    { pk, counted = {} }: Row & { counted?: Record<string, number> },
    by: { live: number; all: number },
  ) => {
    const tenantId = pk.split('#')[1]
    for (const [what, shard] of Object.entries(counted)) {
      const name = `COUNTER#${tenantId}#${what}#${shard}`
      const { live, all } = expected.get(name) ?? { live: 0, all: 0 }
      expected.set(name, { live: live + by.live, all: all + by.all })
    }
  }
  const rows = await sigil.rows()
  const of = (prefix: string) => rows.filter(({ pk }) => pk.startsWith(prefix))
  for (const row of of('DIRECTORY#')) count(row, { live: 1, all: 1 })
  for (const row of of('DELETED#')) count(row, { live: 0, all: 1 })
  const counters = of('COUNTER#')
  const found = counters.map(({ pk, live, all }) => [pk, { live, all }] as const)
  expect(Object.fromEntries(found.filter(([, { live, all }]) => live !== 0 || all !== 0))).toEqual(
    Object.fromEntries(expected),
  )
}

/** How far the work is that an answer points at. */
export async function operationAt(sigil: Sigil, answer: Answer): Promise<Record<string, unknown>> {
  const address = new URL(String(answer.headers.get('operation-location')))
  const { status, body } = await sigil.graph('GET', address.pathname)
  expect(status).toBe(200)
  return body
}

/** Something that comes between what the next request reads and its commit. */
export function beforeNextCommit(sigil: Sigil, come: () => Promise<void>): void {
  const { middlewareStack } = sigil.service.dynamodb
  middlewareStack.add(
    (next, { commandName }) =>
      async (given) => {
        if (commandName === 'TransactWriteItemsCommand' && middlewareStack.remove('in between')) await come()
        return next(given)
      },
    { step: 'initialize', name: 'in between' },
  )
}

/** All of a listing, page by page. */
export async function allPages(sigil: Sigil, path: string, pages: number[] = []): Promise<Made[]> {
  const { status, body } = await sigil.graph('GET', path)
  expect(status, JSON.stringify(body)).toBe(200)
  const value = body.value as Made[]
  pages.push(value.length)
  const next = body['@odata.nextLink']
  return typeof next === 'string'
    ? [...value, ...(await allPages(sigil, next.slice(new URL(next).origin.length), pages))]
    : value
}
