import { agentUserScenarios } from './agent-users.ts'
import { agentScenarios } from './agents.ts'
import { applicationScenarios, blueprintScenarios } from './applications.ts'
import { assignmentScenarios } from './assignments.ts'
import { batchScenarios } from './batch.ts'
import { callerScenarios } from './callers.ts'
import { federatedCredentialScenarios, keyScenarios } from './credentials.ts'
import { deletionScenarios } from './deletion.ts'
import { discoveryScenarios } from './discovery.ts'
import { groupScenarios } from './groups.ts'
import { meScenarios } from './me.ts'
import { directoryRoleScenarios, grantScenarios, inheritanceScenarios } from './permissions.ts'
import { agentIdentityScenarios, blueprintPrincipalScenarios, principalScenarios } from './principals.ts'
import { relationScenarios } from './relations.ts'
import type { Scenario } from './scenario.ts'
import { tenantScenarios } from './tenants.ts'
import { tokenScenarios } from './token.ts'
import { managerScenarios, userScenarios } from './users.ts'

/** Every way that every operation can go, as far as it makes other calls than another way. */
export const scenarios: readonly Scenario[] = [
  ...tokenScenarios,
  ...discoveryScenarios,
  ...tenantScenarios,
  ...userScenarios,
  ...managerScenarios,
  ...agentUserScenarios,
  ...agentScenarios,
  ...groupScenarios,
  ...meScenarios,
  ...applicationScenarios,
  ...blueprintScenarios,
  ...keyScenarios,
  ...federatedCredentialScenarios,
  ...principalScenarios,
  ...blueprintPrincipalScenarios,
  ...agentIdentityScenarios,
  ...assignmentScenarios,
  ...grantScenarios,
  ...inheritanceScenarios,
  ...directoryRoleScenarios,
  ...relationScenarios,
  ...deletionScenarios,
  ...callerScenarios,
  ...batchScenarios,
]
