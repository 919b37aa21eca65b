import { missing } from './makers.ts'
import type { Scenario } from './scenario.ts'

const documents = [
  ['discovery/configuration', '/v2.0/.well-known/openid-configuration'],
  ['discovery/configuration-v1', '/.well-known/openid-configuration'],
  ['discovery/keys', '/discovery/v2.0/keys'],
] as const

/** What clients read before they ask for a token. */
export const discoveryScenarios: Scenario[] = [
  ...documents.flatMap(([operation, path]): Scenario[] => [
    { operation, name: 'by GUID', status: 200, prepare: ({ tenantId }) => ({ path: `/${tenantId}${path}` }) },
    { operation, name: 'by domain', status: 200, prepare: ({ service }) => ({ path: `/${service.domain}${path}` }) },
    { operation, name: 'no such tenant', status: 400, prepare: () => ({ path: `/${missing.id}${path}` }) },
    { operation, name: 'no such domain', status: 400, prepare: () => ({ path: `/nowhere.example${path}` }) },
  ]),
  {
    operation: 'discovery/keys',
    name: 'at the address of v1',
    status: 200,
    prepare: ({ tenantId }) => ({ path: `/${tenantId}/discovery/keys` }),
  },
  {
    operation: 'discovery/instance',
    name: 'this very host',
    status: 200,
    prepare: ({ service, tenantId }) => ({
      path: `/common/discovery/instance?api-version=1.1&authorization_endpoint=${service.origin}/${tenantId}/oauth2/v2.0/authorize`,
    }),
  },
  {
    operation: 'discovery/instance',
    name: 'another host',
    status: 400,
    prepare: ({ tenantId }) => ({
      path: `/common/discovery/instance?authorization_endpoint=https://elsewhere.example/${tenantId}/oauth2/v2.0/authorize`,
    }),
  },
  { operation: 'discovery/openapi', name: 'the document', status: 200, prepare: () => ({ path: '/openapi.json' }) },
  { operation: 'discovery/reference', name: 'the page', status: 200, prepare: () => ({ path: '/reference' }) },
]
