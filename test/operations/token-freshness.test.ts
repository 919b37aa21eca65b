import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { type KMSClient, SignCommand } from '@aws-sdk/client-kms'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  agentForm,
  type Cast,
  cast,
  claimsIn,
  exchangeForm,
  type Row,
  sigilForTests,
} from '../support/sigil.ts'

/*
 * What may happen between the facts and the answer (design D8): time passes, something is disabled, the signer fails. No
 * token leaves on facts older than a second, and no row says "issued" when no token left.
 */

/** What happens when the service is about to sign, or to write its sign-in row; once. */
let onSign: (() => Promise<void>) | undefined
let onRecord: (() => Promise<void>) | undefined
/** Changes what the signer is asked, or what it answers. */
let askSigner: (input: SignInput) => SignInput = (input) => input
let answerOfSigner: (signature: Uint8Array) => Uint8Array = (signature) => signature
let counts = { sign: 0, snapshot: 0 }

type SignInput = { KeyId: string | undefined }

const sigil = sigilForTests({
  world: (parts) => {
    if (parts.kms) hookSigner(parts.kms)
    hookTable(parts.dynamodb)
    return parts
  },
})

let c: Cast
let t1: string
/** An assignment that the agent holds, to be taken away. */
let assignmentId: string

beforeAll(async () => {
  c = await cast(sigil, 'fresh')
  await assign()
})

beforeEach(async () => {
  sigil.clock.stop()
  await sigil.adminToken()
  t1 = await c.t1()
  counts = { sign: 0, snapshot: 0 }
})

afterEach(() => {
  onSign = undefined
  onRecord = undefined
  askSigner = (input) => input
  answerOfSigner = (signature) => signature
})

const step1 = () => sigil.token(exchangeForm(c))
const step2 = () => sigil.token(agentForm(c, t1))

const patch = (id: string, body: object) => sigil.make('PATCH', `/servicePrincipals/${id}`, body)
const enable = (id: string, accountEnabled: boolean) => patch(id, { accountEnabled })

async function assign(): Promise<void> {
  const resource = { principalId: c.agent.id, resourceId: c.apiPrincipal.id, appRoleId: c.role.id }
  assignmentId = (await sigil.make('POST', `/servicePrincipals/${c.agent.id}/appRoleAssignments`, resource)).id
}

/** The one row that asking left, and the answer. */
async function asked(ask: () => Promise<Answer>): Promise<{ answer: Answer; row: Row | undefined }> {
  const before = new Set((await sigil.rows('SIGNIN#')).map(({ sk }) => sk))
  const answer = await ask()
  const added = (await sigil.rows('SIGNIN#')).filter(({ sk }) => !before.has(sk))
  expect(added).toHaveLength(1)
  return { answer, row: added[0] }
}

describe('a token on facts older than a second', () => {
  const late = 1001

  // biome-ignore format: a table reads better aligned
  test.each<[string, () => Promise<Answer>, change: () => Promise<unknown>, undo: () => Promise<unknown>, code: number]>([
    ['T1, and the agent is disabled meanwhile',               step1, () => enable(c.agent.id, false),        () => enable(c.agent.id, true),        7000112],
    ['T1, and the blueprint is disabled meanwhile',           step1, () => enable(c.principal.id, false),    () => enable(c.principal.id, true),    7000112],
    ['an agent token, and the agent is disabled meanwhile',   step2, () => enable(c.agent.id, false),        () => enable(c.agent.id, true),        7000112],
    ['an agent token, and its blueprint meanwhile',           step2, () => enable(c.principal.id, false),    () => enable(c.principal.id, true),    7000112],
    ['an agent token, and the API meanwhile',                 step2, () => enable(c.apiPrincipal.id, false), () => enable(c.apiPrincipal.id, true), 500014],
    ['an agent token, and a role is taken away meanwhile',    step2, unassign,                               assign,                                90033],
  ])('%s, is not given, and the row says so', async (_, ask, change, undo, code) => {
    onSign = async () => {
      await change()
      sigil.clock.advance(late)
    }
    const { answer, row } = await asked(ask)
    expect(answer.body).toMatchObject({ error_codes: [code] })
    expect(answer.body).not.toHaveProperty('access_token')
    expect(answer.status).toBe(code === 90033 ? 503 : 400)
    expect(row).toMatchObject({ err: code })
    await undo()
    expect((await ask()).status).toBe(200)
  })

  test('is not given by a tenant that is closed meanwhile', async () => {
    const { tenantId, admin } = await sigil.openTenant('closing.example')
    onSign = async () => {
      await sigil.operator('tenants/close', { tenantId })
      sigil.clock.advance(late)
    }
    const form = { grant_type: 'client_credentials', scope: 'https://graph.microsoft.com/.default' }
    const ask = () => sigil.token({ ...form, client_id: admin.clientId, client_secret: admin.clientSecret }, tenantId)
    const { answer, row } = await asked(ask)
    expect(answer.body).toMatchObject({ error_codes: [90002] })
    expect(row).toMatchObject({ err: 90002 })
  })

  test('is given when nothing has changed, after the facts were read again', async () => {
    onSign = async () => sigil.clock.advance(late)
    const { answer, row } = await asked(step2)
    expect(answer.status).toBe(200)
    expect(row).toMatchObject({ err: 0 })
    expect(counts).toEqual({ sign: 1, snapshot: 2 })
  })

  test('is as late when the row took its time', async () => {
    onRecord = async () => {
      await enable(c.agent.id, false)
      sigil.clock.advance(late)
    }
    const { answer, row } = await asked(step2)
    expect(answer.body).toMatchObject({ error_codes: [7000112] })
    expect(row).toMatchObject({ err: 7000112 })
    await enable(c.agent.id, true)
  })

  test('is read again once only, and a second is not too old', async () => {
    onSign = async () => sigil.clock.advance(1000)
    expect((await step2()).status).toBe(200)
    expect(counts).toEqual({ sign: 1, snapshot: 1 })
  })
})

describe('a signer', () => {
  // biome-ignore format: a table reads better aligned
  test.each<[string, () => void]>([
    ['that signs with another key',        () => { askSigner = (input) => ({ ...input, KeyId: sigil.service.world.signingKeys?.exchange }) }],
    ['that answers with damaged bytes',    () => { answerOfSigner = (signature) => signature.map((byte, i) => (i === 9 ? byte ^ 1 : byte)) }],
    ['that answers with fewer bytes',      () => { answerOfSigner = (signature) => signature.slice(1) }],
    ['that answers with nothing',          () => { answerOfSigner = () => new Uint8Array() }],
    ['that has no such key',               () => { askSigner = (input) => ({ ...input, KeyId: `${input.KeyId}0` }) }],
    ['that fails',                         () => { onSign = () => Promise.reject(new Error('no signer today')) }],
  ])('%s gives no token: a 503 to come back after, and the row says so', async (_, fail) => {
    fail()
    const { answer, row } = await asked(step2)
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable', error_codes: [90033] } })
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(JSON.stringify(answer.body)).not.toMatch(/access_token|eyJ|arn:|no signer today/)
    expect(row).toMatchObject({ err: 90033 })
  })

  test('is asked for the key of the kind: T1 by the exchange key, the rest by the other', async () => {
    const keys: (string | undefined)[] = []
    askSigner = (input) => {
      keys.push(input.KeyId)
      return input
    }
    await step1()
    await step2()
    const { resource, exchange } = sigil.service.world.signingKeys ?? {}
    expect(keys).toEqual([exchange, resource])
  })
})

test('a request costs one snapshot and one signature', async () => {
  await step1()
  expect(counts).toEqual({ sign: 1, snapshot: 1 })
  const { answer } = await asked(step2)
  expect(claimsIn(answer.body.access_token as string).roles).toEqual(['Tasks.Read'])
  expect(counts).toEqual({ sign: 2, snapshot: 2 })
})

async function unassign(): Promise<void> {
  await sigil.make('DELETE', `/servicePrincipals/${c.agent.id}/appRoleAssignments/${assignmentId}`)
}

function hookSigner(kms: KMSClient): void {
  kms.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== SignCommand.name) return next(args)
      counts.sign++
      const [hook] = [onSign]
      onSign = undefined
      await hook?.()
      const answer = await next({ ...args, input: askSigner(args.input as SignInput) as never })
      const output = answer.output as { Signature?: Uint8Array }
      if (output.Signature) output.Signature = answerOfSigner(output.Signature)
      return answer
    },
    { step: 'initialize' },
  )
}

function hookTable(dynamodb: DynamoDBClient): void {
  dynamodb.middlewareStack.add(
    (next, context) => async (args) => {
      if (isTokenSnapshot(args.input)) counts.snapshot++
      if (context.commandName === PutItemCommand.name) {
        const [hook] = [onRecord]
        onRecord = undefined
        await hook?.()
      }
      return next(args)
    },
    { step: 'initialize' },
  )
}

/** A management call reads no application and no resource together with its caller. */
function isTokenSnapshot(input: object): boolean {
  const items = (input as { TransactItems?: { Get?: { Key?: { pk?: { S?: string } } } }[] }).TransactItems ?? []
  const families = items.map(({ Get }) => Get?.Key?.pk?.S?.split('#')[0])
  return families[0] === 'TENANT' && families.includes('APP')
}
