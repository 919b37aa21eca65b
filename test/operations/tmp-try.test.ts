import { expect, test } from 'vitest'
import { cast, sigilForTests } from '../support/sigil.ts'
const sigil = sigilForTests()
test('it', async () => {
  const c = await cast(sigil, 'x')
  const p = await sigil.graph('POST', '/beta/sigil/agents', {
    agentIdentityBlueprintId: c.blueprint.appId, ...c.sponsors,
    appRoleAssignments: [{ resourceId: c.apiPrincipal.id, appRoleId: c.role.id }],
    agents: [{ displayName: 'A', agentUser: { accountEnabled: true, displayName: 'A', mailNickname: 'a', userPrincipalName: `a@${sigil.service.domain}` } }, { displayName: 'B' }],
  })
  console.log(p.status, JSON.stringify(p.body, null, 1))
  for (let round = 0; round < 4; round++) {
    const t = performance.now()
    const r = await sigil.graph('POST', '/beta/sigil/agents/bulkCreate', {
      agentIdentityBlueprintId: c.blueprint.appId, ...c.sponsors,
      agents: Array.from({ length: 1000 }, (_, n) => ({ displayName: `Agent ${n}` })),
    })
    const ms = performance.now() - t
    const results = r.body.results as { status: number; id: string }[]
    console.log(r.status, ms, results?.filter(({ status }) => status === 201).length, JSON.stringify(results?.[0] ?? r.body), JSON.stringify(results?.find(({ status }) => status !== 201)))
    const ids = results.map(({ id }) => id)
    const t2 = performance.now()
    const u = await sigil.graph('POST', '/beta/sigil/agents/bulkUpdate', { ids, accountEnabled: false })
    console.log('update', performance.now() - t2, (u.body.results as { status: number }[]).filter(({ status }) => status === 204).length)
    const t3 = performance.now()
    const d = await sigil.graph('POST', '/beta/sigil/agents/bulkDelete', { ids })
    console.log('delete', performance.now() - t3, (d.body.results as { status: number }[]).filter(({ status }) => status === 204).length)
  }
  console.log(JSON.stringify((await sigil.graph('GET', '/beta/sigil/limits')).body))
  expect(1).toBe(1)
}, 120000)
