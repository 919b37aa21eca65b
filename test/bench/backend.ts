import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { KMSClient } from '@aws-sdk/client-kms'
import { startService } from '../../infra/local/service.ts'
import { ensureTable } from '../../infra/local/table.ts'
import { Clock, cast, Sigil } from '../support/sigil.ts'
import { answerQuestions } from './child.ts'
import { CallCounter, type Counts } from './counts.ts'
import { asFetch, type Setup, type TokenRequest } from './setup.ts'

/*
 * The process behind all contenders: the engine, the KMS stand-in, and a Sigil of its own through which the cast is made
 * and calls are counted. None of it is measured.
 */

const [, , directory] = process.argv
if (!directory) throw new Error('usage: backend.ts {directory}')
const originVerify = 'the edge of the benchmark'
const peerTable = 'peers'

const counter = new CallCounter()
const service = await startService({
  state: join(directory, 'state'),
  port: 0,
  httpPort: 0,
  quiet: true,
  world: (parts) => {
    counter.watch(parts.dynamodb)
    if (parts.kms) counter.watch(parts.kms)
    return parts
  },
})

const questions = {
  setUp: async (): Promise<Setup> => {
    await ensureTable(service.dynamodb, peerTable)
    const sigil = new Sigil(service, new Clock())
    const { api, apiPrincipal, role, blueprint, secret, agent, scope, t1 } = await cast(sigil, 'bench')
    await sigil.make('POST', `/servicePrincipals/${agent.id}/appRoleAssignments`, {
      principalId: agent.id,
      resourceId: apiPrincipal.id,
      appRoleId: role.id,
    })
    const publicKey = async (kind: 'resource' | 'exchange') => (await service.world.keySet.active(kind)).jwk
    if (!service.world.signingKeys) throw new Error('the local service has no signing keys')
    return {
      dynamodb: await endpointOf(service.dynamodb),
      kms: await endpointOf(service.kms),
      table: service.tableName,
      peerTable,
      origin: service.origin,
      signingKeys: service.world.signingKeys,
      publicKeys: { resource: await publicKey('resource'), exchange: await publicKey('exchange') },
      tenantId: service.tenantId,
      blueprintId: blueprint.appId,
      secret,
      agentId: agent.id,
      t1: await t1(),
      audience: api.appId,
      scope,
      originVerify,
    }
  },

  /** What one request makes Sigil call, when all that may be kept in memory is there already. */
  count: async (request: TokenRequest): Promise<Counts & { status: number }> => {
    const send = async () => fetch(`${service.http}${request.path}`, asFetch(request))
    await (await send()).text()
    counter.reset()
    const response = await send()
    await response.text()
    return { ...counter.counts(), status: response.status }
  },
}

export type BackendQuestions = typeof questions

async function endpointOf(client: DynamoDBClient | KMSClient): Promise<string> {
  const endpoint = await client.config.endpoint?.()
  if (!endpoint) throw new Error('the client has no endpoint of its own')
  return `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}`
}

answerQuestions(questions, async () => {
  await service.close()
  rmSync(directory, { recursive: true, force: true })
})
