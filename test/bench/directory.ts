import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import { dynamodbClient } from '../../infra/local/aws-clients.ts'
import type { Row } from './budgets.ts'
import { ceiling, floor, round } from './budgets.ts'
import { Child } from './child.ts'
import type { Counts } from './counts.ts'
import type { BenchTenant, DirectoryQuestions } from './directory-backend.ts'
import { machine, table } from './report.ts'
import { cleanEnvironment } from './setup.ts'
import { quantile, ratioOf, spreadOf } from './statistics.ts'

/*
 * What a tenant's size costs: tenants of very different sizes, asked the same in turns, over HTTP. Their agents are made by the
 * bulk operation, whose rate is set against that of bare rows written to the same engine in the same run.
 */

const help = `Measures the directory in tenants of different sizes, on the local engine.

  npm run bench -- directory [options]

  --quick       tenants of 1,000 and 5,000 agents; else of 1,000, 10,000 and 100,000
  --json FILE   write the figures there as well
  --help        print this
`

const atOnce = 1_000
const target = 500

type Setup = Awaited<ReturnType<DirectoryQuestions['setUp']>>
type Answer = { status: number; body: Record<string, unknown> }

/** One of the things that are asked of every tenant. */
type Asked = { name: string; ask: (tenant: SizedTenant) => Promise<void> }
type SizedTenant = BenchTenant & { size: number; agentId: string }

type Measured = { name: string; p50: number[]; counts: Counts[] }

export async function benchDirectory(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return say(help)
  const sizes = values.quick ? [1_000, 5_000] : [1_000, 10_000, 100_000]
  const rounds = values.quick ? 25 : 100
  const { processors, node, loadBefore, dirty } = machine()
  say(
    `${processors}, Node ${node}; load before ${loadBefore.toFixed(2)}${dirty ? ': DIRTY, others use this machine' : ''}`,
  )
  const directory = mkdtempSync(join(tmpdir(), 'sigil-bench-'))
  await using started = new AsyncDisposableStack()
  started.defer(() => rmSync(directory, { recursive: true, force: true }))
  const backend = await Child.start<DirectoryQuestions>(new URL('./directory-backend.ts', import.meta.url), {
    env: cleanEnvironment(),
    args: [directory],
  })
  started.defer(() => backend.close())
  const setup = await backend.ask('setUp')
  const service = new Service(setup)

  const tenants: SizedTenant[] = []
  const rates = { bulk: [] as number[], raw: [] as number[], seeding: [] as number[] }
  for (const size of sizes) {
    step(`making ${size} agents`)
    const tenant = await backend.ask('openTenant', `size-${size}`)
    const agentId = await service.makeOne(tenant)
    await service.assign(tenant, agentId)
    for (let made = 1; made < size; made += atOnce) {
      const isCompared = size === sizes.at(-1) && rates.bulk.length < (values.quick ? 3 : 10)
      if (isCompared) rates.raw.push(await rawRate(setup, 1_000))
      const rate = await service.makeMany(tenant, Math.min(atOnce, size - made))
      ;(isCompared ? rates.bulk : rates.seeding).push(rate)
    }
    tenants.push({ ...tenant, size, agentId })
  }
  step('asking them')
  const measured = await measure(service, backend, tenants, rounds)
  const rows = budget(measured, rates)
  say(`\n${sizesReport(measured, sizes)}\n\n${budgetReport(rows)}`)
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine: machine(), sizes, measured, rates, rows }, null, 2)}\n`)
  }
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const step = (text: string): void => void process.stderr.write(`  ${text} …\n`)

/** What a client of the service does. */
class Service {
  readonly #origin: string

  constructor({ http }: Setup) {
    this.#origin = http
  }

  async makeOne(tenant: BenchTenant): Promise<string> {
    const { body } = await this.#send(201, 'POST', '/v1.0/servicePrincipals/microsoft.graph.agentIdentity', tenant, {
      displayName: 'Clerk 000000',
      ...parentOf(tenant),
    })
    return String(body.id)
  }

  async assign({ resourceId, roleId, ...tenant }: BenchTenant, principalId: string): Promise<void> {
    const path = `/v1.0/servicePrincipals/${principalId}/appRoleAssignments`
    const body = { principalId, resourceId, appRoleId: roleId }
    await this.#send(201, 'POST', path, { ...tenant, resourceId, roleId }, body)
  }

  /** @returns agents a second */
  async makeMany(tenant: BenchTenant, count: number): Promise<number> {
    const agents = Array.from({ length: count }, (_, n) => ({ displayName: `Clerk ${String(n).padStart(6, '0')}` }))
    const begun = performance.now()
    const { body } = await this.#send(200, 'POST', '/beta/sigil/agents/bulkCreate', tenant, {
      ...parentOf(tenant),
      agents,
    })
    const seconds = (performance.now() - begun) / 1000
    const made = (body.results as { status: number }[]).filter(({ status }) => status === 201).length
    if (made !== count) throw new Error(`${made} of ${count} agents were made`)
    return count / seconds
  }

  async list(tenant: BenchTenant, query: string, expected: number): Promise<void> {
    const path = `/v1.0/servicePrincipals/microsoft.graph.agentIdentity?${query}`
    const { body } = await this.#send(200, 'GET', path, tenant)
    const { length } = body.value as unknown[]
    if (length !== expected) throw new Error(`${path} has ${length} agents`)
  }

  /** Both steps of an agent's token. */
  async token(tenant: SizedTenant): Promise<void> {
    const client = { client_id: tenant.blueprintId, client_secret: tenant.secret }
    const exchange = { scope: 'api://AzureADTokenExchange/.default', fmi_path: tenant.agentId }
    const t1 = await this.#token(tenant, { ...client, ...exchange })
    await this.#token(tenant, {
      client_id: tenant.agentId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: t1,
      scope: tenant.scope,
    })
  }

  async #token({ tenantId }: BenchTenant, form: Record<string, string>): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
    const response = await fetch(`${this.#origin}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body })
    const answer = (await response.json()) as { access_token?: string }
    if (!answer.access_token) throw new Error(`no token: ${JSON.stringify(answer)}`)
    return answer.access_token
  }

  async #send(status: number, method: string, path: string, tenant: BenchTenant, body?: object): Promise<Answer> {
    const response = await fetch(`${this.#origin}${path}`, {
      method,
      headers: { authorization: `Bearer ${tenant.token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Answer['body']
    if (response.status !== status) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return { status: response.status, body: answer }
  }
}

const parentOf = ({ blueprintId, sponsor }: BenchTenant) => ({
  agentIdentityBlueprintId: blueprintId,
  'sponsors@odata.bind': [`/users/${sponsor}`],
})

/** Bare rows that go to the engine in batches: what the store itself takes, a second. */
async function rawRate({ dynamodb, rawTable }: Setup, milliseconds: number): Promise<number> {
  const client = dynamodbClient(dynamodb)
  const filler = 'x'.repeat(250)
  let rows = 0
  const begun = performance.now()
  const write = async (): Promise<void> => {
    while (performance.now() - begun < milliseconds) {
      const requests = Array.from({ length: 25 }, () => ({
        PutRequest: { Item: { pk: { S: crypto.randomUUID() }, sk: { S: 'STATE' }, filler: { S: filler } } },
      }))
      await client.send(new BatchWriteItemCommand({ RequestItems: { [rawTable]: requests } }))
      rows += requests.length
    }
  }
  await Promise.all(Array.from({ length: 8 }, write))
  client.destroy()
  return (rows / (performance.now() - begun)) * 1000
}

/** A page that is within one partition at every size costs the same calls at every size. */
const smallPage = 30

function questionsFor(service: Service): Asked[] {
  return [
    { name: `a page of ${smallPage}`, ask: (tenant) => service.list(tenant, `$top=${smallPage}`, smallPage) },
    { name: 'a page of 100', ask: (tenant) => service.list(tenant, '$top=100', 100) },
    {
      name: "a page of a blueprint's",
      ask: (tenant) =>
        service.list(tenant, `$top=100&$filter=agentIdentityBlueprintId eq '${tenant.blueprintId}'`, 100),
    },
    { name: 'create one', ask: async (tenant) => void (await service.makeOne(tenant)) },
    { name: "an agent's token, both steps", ask: (tenant) => service.token(tenant) },
  ]
}

async function measure(
  service: Service,
  backend: Child<DirectoryQuestions>,
  tenants: readonly SizedTenant[],
  rounds: number,
): Promise<Measured[]> {
  const asked = questionsFor(service)
  const times = asked.map(() => tenants.map((): number[] => []))
  for (let turn = 0; turn < rounds; turn++) {
    for (const [question, { ask }] of asked.entries()) {
      for (const [size, tenant] of tenants.entries()) {
        const begun = performance.now()
        await ask(tenant)
        times[question]?.[size]?.push(performance.now() - begun)
      }
    }
  }
  const measured: Measured[] = []
  for (const [question, { name, ask }] of asked.entries()) {
    const counts: Counts[] = []
    for (const tenant of tenants) {
      await backend.ask('resetCounts')
      await ask(tenant)
      counts.push(await backend.ask('counts'))
    }
    measured.push({ name, counts, p50: (times[question] ?? []).map((each) => quantile(each, 0.5)) })
  }
  return measured
}

const textOf = ({ reads, writes, readUnits, writeUnits }: Counts): string =>
  `${reads} / ${writes} calls, ${readUnits} / ${writeUnits} units`

function sizesReport(measured: readonly Measured[], sizes: readonly number[]): string {
  const heading = ['p50 in ms; reads / writes', ...sizes.map((size) => `${size.toLocaleString('en')} agents`)]
  const lines = measured.flatMap(({ name, p50, counts }) => [
    [name, ...p50.map((each) => String(round(each)))],
    ['', ...counts.map(textOf)],
  ])
  return table([heading, ...lines])
}

function budget(measured: readonly Measured[], rates: { bulk: number[]; raw: number[]; seeding: number[] }): Row[] {
  const of = (name: string): Measured => measured.find((each) => each.name.startsWith(name)) as Measured
  const growth = ({ p50 }: Measured): number => (p50.at(-1) ?? Number.NaN) / (p50[0] ?? Number.NaN)
  const same = measured
    .filter(({ name }) => name !== 'a page of 100')
    .filter(({ counts }) => new Set(counts.map(textOf)).size !== 1)
    .map(({ name }) => name)
  return [
    ceiling('g', "an agent's token: largest ÷ smallest", growth(of("an agent's")), { first: 1.3, goal: 1.1 }),
    floor('h', 'agents in bulk ÷ bare rows', ratioOf(rates.bulk, rates.raw), { first: 0.1, goal: 0.4 }),
    floor('h', 'agents a second', spreadOf([...rates.bulk, ...rates.seeding]), { first: target }),
    ceiling('i', 'a page of 100: largest ÷ smallest', growth(of('a page of 100')), { first: 2, goal: 1.2 }),
    ceiling('i', "a page of a blueprint's: largest ÷ smallest", growth(of('a page of a bl')), { first: 2, goal: 1.2 }),
    ceiling('i', 'create one: largest ÷ smallest', growth(of('create')), { first: 2, goal: 1.2 }),
    {
      ...ceiling('', 'what costs other calls or units at another size', same.length, { first: 0, goal: 0 }),
      measured: same.join(', ') || 'nothing',
    },
  ]
}

function budgetReport(rows: readonly Row[]): string {
  const heading = ['', 'budget', 'measured', 'first bar', 'goal', 'verdict']
  return table([
    heading,
    ...rows.map(({ row, what, measured, first, goal, verdict }) => [row, what, measured, first, goal, verdict]),
  ])
}
