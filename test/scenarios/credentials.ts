import { certificate, proofOf } from '../support/certificate.ts'
import type { Sigil } from '../support/sigil.ts'
import {
  application,
  blueprint,
  blueprintWithPrincipal,
  company,
  fresh,
  type Made,
  missing,
  principalOf,
} from './makers.ts'
import type { Scenario } from './scenario.ts'

const at = (segment: string): string => `/v1.0/applications${segment}`

/** One certificate for all that scenarios sign. */
let made: ReturnType<typeof certificate> | undefined
const ownCertificate = () => {
  made ??= certificate()
  return made
}

export const keyCredential = async () => ({
  type: 'AsymmetricX509Cert',
  usage: 'Verify',
  key: (await ownCertificate()).key,
})

const withKey = async (sigil: Sigil, properties: object = {}): Promise<Made & { keyId: string; proof: string }> => {
  const own = await application(sigil, { keyCredentials: [await keyCredential()], ...properties })
  const [{ keyId }] = own.keyCredentials as [{ keyId: string }]
  // Ten minutes would be over before the last of all scenarios has run; the lab's clock stands still.
  return { ...own, keyId, proof: await proofOf(await ownCertificate(), own.id) }
}

export const federatedCredential = () => ({
  name: fresh('ci'),
  issuer: 'https://token.actions.githubusercontent.com',
  subject: fresh('repo:contoso/ledger'),
  audiences: ['api://AzureADTokenExchange'],
})

const federated = async (sigil: Sigil, more: object = {}) => {
  const own = await blueprint(sigil)
  const path = at(`/${own.id}/federatedIdentityCredentials`)
  return { own, path, credential: await sigil.make('POST', path, { ...federatedCredential(), ...more }) }
}

export const keyScenarios: Scenario[] = [
  {
    operation: 'applications/add-key',
    name: 'by id',
    status: 200,
    prepare: async (sigil) => {
      const own = await withKey(sigil)
      const { key } = await certificate()
      return {
        path: at(`/${own.id}/addKey`),
        body: { keyCredential: { ...(await keyCredential()), key }, proof: own.proof },
      }
    },
  },
  {
    operation: 'applications/add-key',
    name: 'by unique name, the certificate that is there',
    status: 400,
    prepare: async (sigil) => {
      const { uniqueName, proof } = await withKey(sigil, { uniqueName: fresh('ledger') })
      return { path: at(`(uniqueName='${uniqueName}')/addKey`), body: { keyCredential: await keyCredential(), proof } }
    },
  },
  {
    operation: 'applications/remove-key',
    name: 'by appId',
    status: 204,
    prepare: async (sigil) => {
      const { appId, keyId, proof } = await withKey(sigil)
      return { path: at(`(appId='${appId}')/removeKey`), body: { keyId, proof } }
    },
  },
  {
    operation: 'applications/remove-key',
    name: 'by unique name, none that is there',
    status: 400,
    prepare: async (sigil) => {
      const { uniqueName, proof } = await withKey(sigil, { uniqueName: fresh('ledger') })
      return { path: at(`(uniqueName='${uniqueName}')/removeKey`), body: { keyId: missing.id, proof } }
    },
  },
  ...(['applications/set-verified-publisher', 'applications/unset-verified-publisher'] as const).flatMap(
    (operation): Scenario[] => {
      const action =
        operation === 'applications/set-verified-publisher' ? 'setVerifiedPublisher' : 'unsetVerifiedPublisher'
      const body = { verifiedPublisherId: '1234567' }
      return [
        {
          operation,
          name: 'without a principal',
          status: 204,
          prepare: async (sigil) => ({ path: at(`(appId='${(await application(sigil)).appId}')/${action}`), body }),
        },
        {
          operation,
          name: 'with a principal, by unique name',
          status: 204,
          prepare: async (sigil) => {
            const own = await application(sigil, { uniqueName: fresh('ledger') })
            await principalOf(sigil, own)
            return { path: at(`(uniqueName='${own.uniqueName}')/${action}`), body }
          },
        },
      ]
    },
  ),
  ...['addPassword', 'removePassword', 'addKey', 'removeKey', 'federatedIdentityCredentials'].map(
    (action): Scenario => ({
      operation: 'service-principals/add-credential',
      name: action,
      status: 400,
      prepare: async (sigil) => ({ path: `/v1.0/servicePrincipals/${(await company(sigil)).agent.id}/${action}` }),
    }),
  ),
  {
    operation: 'service-principals/add-credential',
    name: 'of a principal, by appId',
    status: 400,
    prepare: async (sigil) => {
      const { blueprint: parent } = await blueprintWithPrincipal(sigil)
      return { path: `/v1.0/servicePrincipals(appId='${parent.appId}')/addPassword` }
    },
  },
]

const named = async (sigil: Sigil) => {
  const { uniqueName } = await application(sigil, { uniqueName: fresh('ledger') })
  return at(`(uniqueName='${uniqueName}')/federatedIdentityCredentials`)
}

export const federatedCredentialScenarios: Scenario[] = [
  {
    operation: 'federated-credentials/create',
    name: 'the first of its issuer',
    status: 201,
    prepare: async (sigil) => ({
      path: at(`/${(await blueprint(sigil)).id}/federatedIdentityCredentials`),
      body: federatedCredential(),
    }),
  },
  {
    operation: 'federated-credentials/create',
    name: 'another of its issuer',
    status: 201,
    prepare: async (sigil) => ({ path: (await federated(sigil)).path, body: federatedCredential() }),
  },
  {
    operation: 'federated-credentials/create',
    name: 'by unique name',
    status: 201,
    prepare: async (sigil) => ({ path: await named(sigil), body: federatedCredential() }),
  },
  {
    operation: 'federated-credentials/create',
    name: 'a name that is taken',
    status: 409,
    prepare: async (sigil) => {
      const { path, credential } = await federated(sigil)
      return { path, body: { ...federatedCredential(), name: credential.name } }
    },
  },
  {
    operation: 'federated-credentials/list',
    name: 'all',
    status: 200,
    prepare: async (sigil) => ({ path: (await federated(sigil)).path }),
  },
  {
    operation: 'federated-credentials/list',
    name: 'by unique name, counted',
    status: 200,
    prepare: async (sigil) => ({ path: `${await named(sigil)}/$count` }),
  },
  {
    operation: 'federated-credentials/read',
    name: 'by id',
    status: 200,
    prepare: async (sigil) => {
      const { path, credential } = await federated(sigil)
      return { path: `${path}/${credential.id}` }
    },
  },
  {
    operation: 'federated-credentials/read',
    name: 'by unique name, nothing there',
    status: 404,
    prepare: async (sigil) => ({ path: `${await named(sigil)}/${missing.id}` }),
  },
  {
    operation: 'federated-credentials/update',
    name: 'of the same issuer',
    status: 204,
    prepare: async (sigil) => {
      const { path, credential } = await federated(sigil)
      return { path: `${path}/${credential.id}`, body: { subject: 'another' } }
    },
  },
  {
    operation: 'federated-credentials/update',
    name: 'to another issuer',
    status: 204,
    prepare: async (sigil) => {
      const { path, credential } = await federated(sigil)
      return { path: `${path}(name='${credential.name}')`, body: { issuer: 'https://gitlab.com' } }
    },
  },
  {
    operation: 'federated-credentials/update',
    name: 'made, since it is missing',
    status: 201,
    prepare: async (sigil) => {
      const { name, ...body } = federatedCredential()
      return { path: `${await named(sigil)}(name='${name}')`, body, headers: { prefer: 'create-if-missing' } }
    },
  },
  {
    operation: 'federated-credentials/delete',
    name: 'the only one of its issuer',
    status: 204,
    prepare: async (sigil) => {
      const { path, credential } = await federated(sigil)
      return { path: `${path}/${credential.id}` }
    },
  },
  {
    operation: 'federated-credentials/delete',
    name: 'one of two of its issuer',
    status: 204,
    prepare: async (sigil) => {
      const { path, credential } = await federated(sigil)
      await sigil.make('POST', path, federatedCredential())
      return { path: `${path}/${credential.name}` }
    },
  },
  {
    operation: 'federated-credentials/delete',
    name: 'by unique name, nothing there',
    status: 404,
    prepare: async (sigil) => ({ path: `${await named(sigil)}/${missing.id}` }),
  },
]
