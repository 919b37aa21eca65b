import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { keys } from '../../shared/store/table.ts'
import type { Row, Sigil } from '../support/sigil.ts'
import { fresh, fullTenant, missing } from './makers.ts'
import type { Scenario } from './scenario.ts'

type State = 'suspended' | 'closed'

async function tenant(sigil: Sigil, state?: State): Promise<{ tenantId: string; domain: string }> {
  const opened = await sigil.openTenant(`${fresh('fabrikam')}.example`)
  const { tenantId } = opened
  if (state) await sigil.operator(state === 'closed' ? 'tenants/close' : 'tenants/suspend', { tenantId })
  return opened
}

const open = (domain = `${fresh('contoso')}.example`) => ({
  path: '/tenants',
  body: { displayName: 'Contoso', domain },
})

let published: Row | undefined

const change = (
  verb: 'suspend' | 'resume' | 'close',
  name: string,
  from: State | undefined,
  status: number,
): Scenario => ({
  operation: `tenants/${verb}`,
  name,
  status,
  prepare: async (sigil) => ({ path: `/tenants/${(await tenant(sigil, from)).tenantId}/${verb}` }),
})

const byDomain = (
  verb: 'suspend' | 'resume' | 'close' | 'administrators',
  from: State | undefined,
  status: number,
): Scenario => ({
  operation: verb === 'administrators' ? 'tenants/add-administrator' : `tenants/${verb}`,
  name: 'a tenant named by its domain',
  status,
  prepare: async (sigil) => ({ path: `/tenants/${(await tenant(sigil, from)).domain}/${verb}` }),
})

const administrator = (name: string, from: State | undefined, status: number): Scenario => ({
  operation: 'tenants/add-administrator',
  name,
  status,
  prepare: async (sigil) => ({ path: `/tenants/${(await tenant(sigil, from)).tenantId}/administrators` }),
})

/** The operators' plane. */
export const tenantScenarios: Scenario[] = [
  { operation: 'tenants/open', name: 'one more tenant', status: 201, prepare: () => open() },
  {
    operation: 'tenants/open',
    name: 'the first tenant, which publishes the keys',
    status: 201,
    prepare: async (sigil) => {
      const { dynamodb: client, tableName: TableName } = sigil.service
      const { pk, sk } = keys.keySet()
      published = (await sigil.rows(pk))[0]
      await client.send(new DeleteItemCommand({ TableName, Key: marshall({ pk, sk }) }))
      return open()
    },
    cleanup: async ({ service: { dynamodb, tableName } }) => {
      if (published) await dynamodb.send(new PutItemCommand({ TableName: tableName, Item: marshall(published) }))
    },
  },
  {
    operation: 'tenants/open',
    name: 'a domain that is taken',
    status: 409,
    prepare: ({ service }) => open(service.domain),
  },
  administrator('of an open tenant', undefined, 201),
  administrator('of a closed tenant', 'closed', 409),
  {
    operation: 'tenants/add-administrator',
    name: 'of a tenant that may hold no more applications',
    status: 403,
    prepare: async (sigil) => {
      const { tenantId } = await fullTenant(sigil, 'application')
      return { path: `/tenants/${tenantId}/administrators` }
    },
  },
  byDomain('administrators', undefined, 201),
  byDomain('suspend', undefined, 200),
  byDomain('resume', 'suspended', 200),
  byDomain('close', undefined, 200),
  change('suspend', 'an open tenant', undefined, 200),
  change('suspend', 'once more', 'suspended', 200),
  change('suspend', 'a closed tenant', 'closed', 409),
  change('resume', 'a suspended tenant', 'suspended', 200),
  change('resume', 'a closed tenant', 'closed', 409),
  change('close', 'an open tenant', undefined, 200),
  change('close', 'a suspended tenant', 'suspended', 200),
  ...(['suspend', 'resume', 'close'] as const).map(
    (verb): Scenario => ({
      operation: `tenants/${verb}`,
      name: 'no such tenant',
      status: 404,
      prepare: () => ({ path: `/tenants/${missing.id}/${verb}` }),
    }),
  ),
]
