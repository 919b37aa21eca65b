import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { startService } from '../../infra/local/service.ts'
import { ensureTable } from '../../infra/local/table.ts'
import { Clock, Sigil } from '../support/sigil.ts'
import { answerQuestions } from './child.ts'
import { CallCounter, type Counts } from './counts.ts'

/*
 * The local service whose directory grows, with its engine: on every core that there is, and with each of its calls counted.
 */

const [, , directory] = process.argv
if (!directory) throw new Error('usage: directory-backend.ts {directory}')

/** One tenant, with what is needed to make agents in it and to ask for their tokens. */
export type BenchTenant = {
  tenantId: string
  token: string
  blueprintId: string
  secret: string
  sponsor: string
  resourceId: string
  roleId: string
  scope: string
}

const rawTable = 'raw'
const graph = 'https://graph.microsoft.com/.default'
const counter = new CallCounter()
const service = await startService({
  state: join(directory, 'state'),
  port: 0,
  httpPort: 0,
  quiet: true,
  workers: 'manual',
  world: (parts) => {
    counter.watch(parts.dynamodb)
    if (parts.kms) counter.watch(parts.kms)
    return parts
  },
})
await service.preload()
const sigil = new Sigil(service, new Clock())

const questions = {
  setUp: async () => {
    await ensureTable(service.dynamodb, rawTable)
    const endpoint = await service.dynamodb.config.endpoint?.()
    if (!endpoint) throw new Error('the engine has no address')
    return {
      http: service.http,
      dynamodb: `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}`,
      rawTable,
    }
  },

  openTenant: async (name: string): Promise<BenchTenant> => {
    const { tenantId, domain, admin } = await sigil.openTenant(`${name}.example`)
    const form = { client_id: admin.clientId, client_secret: admin.clientSecret, scope: graph }
    const answer = await sigil.token({ grant_type: 'client_credentials', ...form }, tenantId)
    const token = String(answer.body.access_token)
    const make = (path: string, body: object) => sigil.make('POST', path, body, token)
    const role = { id: crypto.randomUUID(), value: 'Tasks.Read', displayName: 'Read', description: 'Read' }
    const api = await make('/applications', {
      displayName: 'Tasks',
      appRoles: [{ ...role, isEnabled: true, allowedMemberTypes: ['Application'] }],
    })
    const resource = await make('/servicePrincipals', { appId: api.appId })
    const person = { accountEnabled: true, displayName: 'Ada', mailNickname: 'ada' }
    const { id: sponsor } = await make('/users', { ...person, userPrincipalName: `ada@${domain}` })
    const blueprint = await make('/applications/microsoft.graph.agentIdentityBlueprint', {
      displayName: 'Clerk',
      'sponsors@odata.bind': [`/users/${sponsor}`],
    })
    await make('/servicePrincipals', { appId: blueprint.appId })
    const { secretText } = await make(`/applications/${blueprint.id}/addPassword`, {})
    return {
      tenantId,
      token,
      blueprintId: blueprint.appId,
      secret: String(secretText),
      sponsor,
      resourceId: resource.id,
      roleId: role.id,
      scope: `${api.appId}/.default`,
    }
  },

  resetCounts: () => counter.reset(),
  counts: (): Counts => counter.counts(),
}

export type DirectoryQuestions = typeof questions

answerQuestions(questions, async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})
