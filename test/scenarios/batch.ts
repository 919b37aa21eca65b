import { agentType, company } from './makers.ts'
import type { Scenario } from './scenario.ts'

/** What is in a batch is done by other processes than the one that is watched, so it only reads. */
export const batchScenarios: Scenario[] = [
  {
    operation: 'batch/run',
    name: 'two requests, one after the other',
    status: 200,
    prepare: async (sigil) => {
      const { agent, person } = await company(sigil)
      return {
        path: '/v1.0/$batch',
        body: {
          requests: [
            { id: 'who', method: 'GET', url: `/users/${person.id}?$select=id` },
            {
              id: 'what',
              method: 'GET',
              url: `/servicePrincipals/${agentType}/${agent.id}?$select=id`,
              dependsOn: ['who'],
            },
          ],
        },
      }
    },
  },
  {
    operation: 'batch/run',
    name: 'a request to somebody else',
    status: 400,
    prepare: () => ({
      path: '/beta/$batch',
      body: { requests: [{ id: '1', method: 'GET', url: 'https://elsewhere.example/users' }] },
    }),
  },
]
