import { readFileSync } from 'node:fs'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  GraphError,
  PageIterator,
} from '@microsoft/microsoft-graph-client'
import { beforeAll, describe, expect, test } from 'vitest'
import { exchangeForm, sigilForTests } from '../support/sigil.ts'

/*
 * The official Graph client as it is, over https, through the whole life of a blueprint and its agents: only its address, and
 * whom it trusts and sends its token to, are ours.
 */

const sigil = sigilForTests()
let graph: Client

type Made = { id: string; appId: string; [property: string]: unknown }
const types = {
  blueprint: 'microsoft.graph.agentIdentityBlueprint',
  principal: 'microsoft.graph.agentIdentityBlueprintPrincipal',
  agent: 'microsoft.graph.agentIdentity',
  agentUser: 'microsoft.graph.agentUser',
}

beforeAll(async () => {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(sigil.service.caFile, 'utf8')])
  graph = Client.init({
    baseUrl: sigil.service.origin,
    customHosts: new Set(['localhost']),
    authProvider: (done) => {
      sigil.adminToken().then(
        (token) => done(null, token),
        (error: unknown) => done(error, null),
      )
    },
  })
})

const bind = (id: string) => ({ 'sponsors@odata.bind': [`https://graph.microsoft.com/v1.0/users/${id}`] })

async function refusalOf(asked: Promise<unknown>): Promise<GraphError> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(GraphError)
  return error as GraphError
}

async function everyPage(path: string): Promise<Made[]> {
  const found: Made[] = []
  const iterator = new PageIterator(graph, await graph.api(path).get(), (each: Made) => {
    found.push(each)
    return true
  })
  await iterator.iterate()
  return found
}

describe('the Graph client, unmodified', () => {
  let ada: Made
  let grace: Made
  let blueprint: Made
  let principal: Made
  let agents: Made[]
  let user: Made
  let secretText: string

  test('makes people, a blueprint with its scope and federated credential, and its principal', async () => {
    const person = (name: string) =>
      graph.api('/users').post({
        accountEnabled: true,
        displayName: name,
        mailNickname: name.toLowerCase(),
        userPrincipalName: `${name.toLowerCase()}@${sigil.service.domain}`,
        passwordProfile: { password: 'not kept anywhere', forceChangePasswordNextSignIn: true },
      })
    ada = await person('Ada')
    grace = await person('Grace')
    blueprint = await graph
      .api('/applications')
      .header('OData-Version', '4.0')
      .post({ '@odata.type': `#${types.blueprint}`, displayName: 'Claims clerks', ...bind(ada.id) })
    expect(blueprint).toMatchObject({ '@odata.type': `#${types.blueprint}`, signInAudience: 'AzureADMyOrg' })
    const scope = {
      id: crypto.randomUUID(),
      value: 'access_agent',
      type: 'User',
      isEnabled: true,
      adminConsentDisplayName: 'Access the agent',
      adminConsentDescription: 'Access the agent on behalf of the signed-in user',
    }
    await graph.api(`/applications/${blueprint.id}/${types.blueprint}`).patch({
      identifierUris: [`api://${blueprint.appId}`],
      api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [scope] },
    })
    await graph.api(`/applications/${types.blueprint}/${blueprint.id}/federatedIdentityCredentials`).post({
      name: 'cluster',
      issuer: 'https://oidc.example.com/cluster',
      subject: 'system:serviceaccount:claims:clerk',
      audiences: ['api://AzureADTokenExchange'],
    })
    const credentials = await graph.api(`/applications(appId='${blueprint.appId}')/federatedIdentityCredentials`).get()
    expect(credentials.value).toMatchObject([{ name: 'cluster' }])
    ;({ secretText } = await graph
      .api(`/applications/${blueprint.id}/addPassword`)
      .post({ passwordCredential: { displayName: 'first' } }))
    principal = await graph.api('/servicePrincipals').post({ appId: blueprint.appId })
    expect(principal).toMatchObject({ '@odata.type': `#${types.principal}`, appId: blueprint.appId })
    const again = await refusalOf(graph.api('/servicePrincipals').post({ appId: blueprint.appId }))
    expect([again.statusCode, again.code]).toEqual([409, 'Request_MultipleObjectsWithSameKeyValue'])
  })

  test('makes agents one by one and in a batch, and an agent user', async () => {
    const one = (name: string) => ({
      displayName: name,
      agentIdentityBlueprintId: blueprint.appId,
      ...bind(ada.id),
    })
    agents = [await graph.api(`/servicePrincipals/${types.agent}`).post(one('Clerk 1'))]
    const content = new BatchRequestContent(
      ['Clerk 2', 'Clerk 3'].map((name, index) => ({
        id: String(index + 1),
        request: new Request(`${sigil.service.origin}/servicePrincipals/${types.agent}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(one(name)),
        }),
      })),
    )
    const answers = new BatchResponseContent(await graph.api('/$batch').post(await content.getContent()))
    for (const id of ['1', '2']) {
      const answer = answers.getResponseById(id)
      expect(answer.status).toBe(201)
      agents.push((await answer.json()) as Made)
    }
    user = await graph.api(`/users/${types.agentUser}`).post({
      accountEnabled: true,
      displayName: 'Clerk 1',
      mailNickname: 'clerk1',
      userPrincipalName: `clerk1@${sigil.service.domain}`,
      identityParentId: agents[0]?.id,
    })
    expect(user).toMatchObject({ '@odata.type': `#${types.agentUser}`, identityParentId: agents[0]?.id })
  })

  test('finds them: by pages, by filter, in an order, counted', async () => {
    const listed = await everyPage(`/servicePrincipals/${types.agent}?$top=2&$select=id,displayName`)
    expect(listed.map(({ id }) => id).sort()).toEqual(agents.map(({ id }) => id).sort())
    const page = await graph
      .api(`/servicePrincipals/${types.agent}`)
      .header('ConsistencyLevel', 'eventual')
      .filter(`agentIdentityBlueprintId eq '${blueprint.appId}' and startswith(displayName,'clerk')`)
      .orderby('displayName desc')
      .count(true)
      .select(['displayName'])
      .expand('sponsors($select=id)')
      .get()
    expect(page['@odata.count']).toBe(3)
    expect(page.value).toMatchObject(
      ['Clerk 3', 'Clerk 2', 'Clerk 1'].map((displayName) => ({ displayName, sponsors: [{ id: ada.id }] })),
    )
    expect(
      await graph.api(`/servicePrincipals/${types.agent}/$count`).header('ConsistencyLevel', 'eventual').get(),
    ).toBe('3')
    const found = await graph
      .api('/servicePrincipals')
      .header('ConsistencyLevel', 'eventual')
      .query({ $search: '"displayName:Clerk"', $count: 'true' })
      .get()
    // The three, and the principal of the 'Claims clerks'.
    expect(found.value.length).toBe(4)
  })

  test('changes who answers for them', async () => {
    const [agent] = agents
    const path = `/servicePrincipals/${types.agent}/${agent?.id}/sponsors`
    await graph.api(`${path}/$ref`).post({ '@odata.id': `https://graph.microsoft.com/v1.0/users/${grace.id}` })
    await graph.api(`${path}/${ada.id}/$ref`).delete()
    expect((await graph.api(path).get()).value.map(({ id }: Made) => id)).toEqual([grace.id])
    const last = await refusalOf(graph.api(`${path}/${grace.id}/$ref`).delete())
    expect(last.statusCode).toBe(400)
    await graph
      .api(`/applications/${blueprint.id}/owners/$ref`)
      .post({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${grace.id}` })
    const owned = await graph.api(`/users/${grace.id}/ownedObjects/${types.blueprint}`).get()
    expect(owned.value.map(({ id }: Made) => id)).toEqual([blueprint.id])
    await graph.api(`/users/${user.id}/manager/$ref`).put({
      '@odata.id': `https://graph.microsoft.com/v1.0/users/${ada.id}`,
    })
    expect(await graph.api(`/users/${user.id}/manager`).get()).toMatchObject({ id: ada.id })
  })

  test('grants, by inheritance and directly, and sees what it comes to', async () => {
    const [agent] = agents
    const api = (await graph.api("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')").get()) as Made
    const role = (api.appRoles as Made[]).find(({ value }) => value === 'User.Read.All')
    await graph.api(`/servicePrincipals/${principal.id}/appRoleAssignments`).post({
      principalId: principal.id,
      resourceId: api.id,
      appRoleId: role?.id,
    })
    await graph.api(`/applications/${types.blueprint}/${blueprint.id}/inheritablePermissions`).post({
      resourceAppId: api.appId,
      inheritableScopes: { '@odata.type': 'microsoft.graph.allAllowedScopes', kind: 'allAllowed' },
      inheritableRoles: { '@odata.type': 'microsoft.graph.allAllowedRoles', kind: 'allAllowed' },
    })
    await graph.api('/oauth2PermissionGrants').post({
      clientId: agent?.id,
      consentType: 'AllPrincipals',
      resourceId: api.id,
      scope: 'User.Read',
    })
    const effective = await graph.api(`/servicePrincipals/${agent?.id}/effectivePermissions`).version('beta').get()
    expect(effective.appRoles).toMatchObject([{ value: 'User.Read.All' }])
    const blocked = await refusalOf(
      graph.api('/oauth2PermissionGrants').post({
        clientId: agent?.id,
        consentType: 'AllPrincipals',
        resourceId: api.id,
        scope: 'Directory.AccessAsUser.All',
      }),
    )
    expect(blocked.statusCode).toBeLessThan(500)
  })

  test('stops a kind, and starts it again', async () => {
    const [agent] = agents
    const t1 = () => sigil.token(exchangeForm({ blueprint, secret: secretText, agent } as never))
    expect((await t1()).status).toBe(200)
    await graph.api(`/servicePrincipals/${types.principal}/${principal.id}`).patch({ accountEnabled: false })
    expect((await t1()).status).toBe(400)
    await graph.api(`/servicePrincipals/${principal.id}`).patch({ accountEnabled: true })
    expect((await t1()).status).toBe(200)
  })

  test('deletes the blueprint with all that is under it, and brings it back', async () => {
    await graph.api(`/applications/${types.blueprint}/${blueprint.id}`).delete()
    expect((await refusalOf(graph.api(`/servicePrincipals/${agents[0]?.id}`).get())).statusCode).toBe(404)
    const deleted = await everyPage(`/directory/deletedItems/${types.agent}`)
    expect(deleted.map(({ id }) => id).sort()).toEqual(agents.map(({ id }) => id).sort())
    await graph.api(`/directory/deletedItems/${blueprint.id}/restore`).header('Prefer', 'include-dependents').post({})
    await sigil.work()
    expect(await graph.api(`/servicePrincipals/${agents[0]?.id}`).get()).toMatchObject({ displayName: 'Clerk 1' })
    expect(await graph.api(`/users/${user.id}`).get()).toMatchObject({ identityParentId: agents[0]?.id })
    expect((await sigil.token(exchangeForm({ blueprint, secret: secretText, agent: agents[0] } as never))).status).toBe(
      200,
    )
    await graph.api(`/applications/${blueprint.id}`).delete()
    await graph.api(`/directory/deletedItems/${blueprint.id}`).delete()
    await sigil.work()
    expect(await everyPage(`/directory/deletedItems/${types.agent}`)).toEqual([])
  })
})
