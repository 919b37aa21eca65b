import { applicationScenarios, blueprintScenarios } from './applications.ts'
import { assignmentScenarios } from './assignments.ts'
import { batchScenarios } from './batch.ts'
import { discoveryScenarios } from './discovery.ts'
import { agentIdentityScenarios, blueprintPrincipalScenarios, principalScenarios } from './principals.ts'
import type { Scenario } from './scenario.ts'
import { tenantScenarios } from './tenants.ts'
import { tokenScenarios } from './token.ts'
import { userScenarios } from './users.ts'

/** Every way that every operation can go, as far as it makes other calls than another way. */
export const scenarios: readonly Scenario[] = [
  ...tokenScenarios,
  ...discoveryScenarios,
  ...tenantScenarios,
  ...userScenarios,
  ...applicationScenarios,
  ...blueprintScenarios,
  ...principalScenarios,
  ...blueprintPrincipalScenarios,
  ...agentIdentityScenarios,
  ...assignmentScenarios,
  ...batchScenarios,
]
