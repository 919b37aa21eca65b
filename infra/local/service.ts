import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { canonicalPath } from '../../shared/http/path.ts'
import { type Operation, routes } from '../../shared/routes.ts'
import { createWorld, sendTo, type World, type WorldParts } from '../../shared/world.ts'
import { listenOnPorts } from './addresses.ts'
import { dynamodbClient, kmsClient } from './aws-clients.ts'
import { refuseRealAws } from './development-only.ts'
import { makePrivateDirectory } from './durable-file.ts'
import { startEngine } from './engine.ts'
import { openFirstTenant } from './first-tenant.ts'
import { createGateway } from './gateway.ts'
import { Router } from './gateway-routes.ts'
import { startKms } from './kms.ts'
import { Functions } from './lambda.ts'
import { openListeners } from './listeners.ts'
import { lockState } from './lock.ts'
import { type LocalTenant, readRecord, type ServiceRecord, type SigningKeys, writeRecord } from './service-record.ts'
import { ensureTable } from './table.ts'
import { prepareTls } from './tls.ts'
import { LocalWorkers } from './workers.ts'

export type ServiceOptions = {
  /** The directory that keeps everything: the table, keys, certificates, the first tenant. */
  state: string
  /** Of https, and so of the issuer. 0 takes a free one and keeps it for this state; 8443 unless the state has one. */
  port?: number
  /** Likewise, of plain http; 8080 unless the state has one. */
  httpPort?: number
  /** The one address to listen on, where it is not loopback. */
  host?: string
  /** Builds the operations' world from other parts: tests set the clock and wrap the clients here. */
  world?: (parts: WorldParts) => WorldParts
  /** Leaves out the log line of each request. */
  quiet?: boolean
  /** Workers run when they are told to (`work`), and not by themselves. */
  workers?: 'manual'
}

export type Service = LocalTenant & {
  http: string
  https: string
  /** The public origin: issuers are below it. */
  origin: string
  /** The issuer of the first tenant's v2.0 tokens. */
  issuer: string
  caFile: string
  world: World
  dynamodb: DynamoDBClient
  kms: KMSClient
  tableName: string
  /** Runs an operation in process, as Lambda would, with an event as API Gateway would give it. */
  call(operation: Operation, event: object): Promise<APIGatewayProxyStructuredResultV2>
  /** Loads all functions, so that the first call of each is as fast as the others. */
  preload(): Promise<void>
  /** Runs every worker until none finds anything to do. */
  work(): Promise<void>
  /** Settles when the service is over: with an error if its engine went away under it. */
  ended: Promise<Error | undefined>
  close(): Promise<void>
}

/** Brings the whole service up in this process, on loopback; on a state directory that it has already used, as the same service. */
export async function startService(options: ServiceOptions): Promise<Service> {
  refuseRealAws(process.env)
  if (options.quiet) process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT'
  const state = resolve(options.state)
  makePrivateDirectory(state)
  // What has been started so far, ended in reverse order when the start fails, and at the end.
  await using started = new AsyncDisposableStack()
  started.adopt(lockState(state), (lock) => lock.release())
  const service = await assemble(state, options, started)
  const all = started.move()
  let closed: Promise<void> | undefined
  return {
    ...service,
    close() {
      closed ??= all.disposeAsync()
      return closed
    },
  }
}

async function assemble(
  state: string,
  options: ServiceOptions,
  started: AsyncDisposableStack,
): Promise<Omit<Service, 'close'>> {
  const engine = started.adopt(await startEngine(state), (each) => each.close())
  const standIn = started.adopt(await startKms(join(state, 'kms')), (each) => each.close())
  const dynamodb = started.adopt(dynamodbClient(engine.endpoint), (client) => client.destroy())
  const kms = started.adopt(kmsClient(standIn.endpoint), (client) => client.destroy())

  // The sockets come before the rest, which has the port in it: a request that arrives now waits for the functions.
  const functions = Promise.withResolvers<Functions>()
  functions.promise.catch(() => {})
  const tls = await prepareTls(join(state, 'tls'), new Date())
  const gateway = createGateway({
    router: new Router(routes),
    canonicalPath,
    invoke: async (operation, event) => (await functions.promise).invoke(operation, event),
  })
  const known = readRecord(state)
  const { ports, listeners } = await listenOnPorts(options, known?.ports, (hosts, each) =>
    openListeners(hosts, each, tls, gateway),
  )
  started.adopt(listeners, (each) => each.close())

  const tableName = known?.tableName ?? (engine.own ? 'sigil' : `sigil-${randomBytes(4).toString('hex')}`)
  const record: ServiceRecord = { ...known, ports, tableName }
  writeRecord(state, record)
  const isNew = await ensureTable(dynamodb, tableName).catch((cause) => {
    throw new Error(`the DynamoDB endpoint ${engine.endpoint} cannot be used: ${cause.message || cause.code}`, {
      cause,
    })
  })
  if (isNew && record.tenant) {
    throw new Error(
      `the table ${tableName} was lost, while ${state} still has its tenant; remove that directory to begin anew`,
    )
  }
  record.signingKeys ??= await makeSigningKeys(kms)
  writeRecord(state, record)

  const origin = `https://localhost:${ports.https}`
  const { resource, exchange } = record.signingKeys
  const parts: WorldParts = {
    origin,
    tableName,
    dynamodb,
    kms,
    resourceKeyArn: resource,
    exchangeKeyArn: exchange,
    // Not by https: this process need not trust its own certificate.
    send: sendTo(`http://localhost:${ports.http}`),
  }
  const world = createWorld(options.world?.(parts) ?? parts)
  const lambda = new Functions(world)
  record.tenant ??= await openFirstTenant((operation, event) => lambda.invoke(operation, event))
  writeRecord(state, record)
  functions.resolve(lambda)
  const workers = started.adopt(new LocalWorkers(lambda), (each) => each.close())
  if (options.workers !== 'manual') workers.start()

  return {
    ...record.tenant,
    http: `http://localhost:${ports.http}`,
    https: origin,
    origin,
    issuer: `${origin}/${record.tenant.tenantId}/v2.0`,
    caFile: tls.caFile,
    world,
    dynamodb,
    kms,
    tableName,
    call: (operation, event) => lambda.invoke(operation, event) as Promise<APIGatewayProxyStructuredResultV2>,
    preload: () => lambda.preload(Object.keys(routes) as Operation[]),
    work: () => workers.work(),
    ended: engine.ended,
  }
}

async function makeSigningKeys(kms: KMSClient): Promise<SigningKeys> {
  const make = async (Description: string): Promise<string> => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY', Description }),
    )
    if (!KeyMetadata?.Arn) throw new Error('the key has no ARN')
    return KeyMetadata.Arn
  }
  const [resource, exchange] = await Promise.all([make('Sigil: resource tokens'), make('Sigil: exchange tokens')])
  return { resource, exchange }
}
