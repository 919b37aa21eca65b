import { transactional } from '../../infra/policy.ts'
import type { TableVerb, Touch } from '../../shared/routes.ts'
import type { FunctionName } from '../../shared/workers.ts'
import type { Resource, Resources } from './synthesis.ts'

type Statement = {
  Effect: string
  Action: string | string[]
  Resource: unknown
  Condition?: Record<string, Record<string, unknown>>
}

const verbs: Record<string, string> = {
  'dynamodb:GetItem': 'get',
  'dynamodb:Query': 'query',
  'dynamodb:PutItem': 'put',
  'dynamodb:UpdateItem': 'update',
  'dynamodb:DeleteItem': 'delete',
  'dynamodb:ConditionCheckItem': 'check',
}

/** What each function's role really allows, read back from the templates: sorted, in the words of `touches`. */
export function allowedTouches(resources: Resources): Map<FunctionName, Touch[]> {
  const allowed = Object.values(resources).flatMap((stack) =>
    Object.values(stack)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map((lambda): [FunctionName, Touch[]] => [operationOf(lambda), touchesOf(statementsOf(lambda, stack))]),
  )
  return new Map(allowed)
}

/** What a role allows that is made for these touches: what is written in one transaction is allowed together. */
export function grantedFor(touches: readonly Touch[]): Touch[] {
  const isWrite = (touch: string) => transactional.has(touch.split(' ')[0] as TableVerb)
  const writes = touches.filter(isWrite).map((touch) => touch.split(' '))
  const together = writes.flatMap(([verb]) => writes.map(([, family]) => `${verb} ${family}` as Touch))
  return [...new Set([...touches.filter((touch) => !isWrite(touch)), ...together])].sort()
}

/** The operation or worker that a function is. */
export function operationOf({ Properties }: Resource): FunctionName {
  const { Variables } = Properties.Environment as { Variables: { SIGIL_OPERATION: FunctionName } }
  return Variables.SIGIL_OPERATION
}

/** All statements of a function's role. A policy that is not part of the role itself would be an oversight here: none may be. */
export function statementsOf(lambda: Resource, stack: Record<string, Resource>): Statement[] {
  const { 'Fn::GetAtt': reference } = lambda.Properties.Role as { 'Fn::GetAtt': [string, 'Arn'] }
  const role = stack[reference[0]]
  const beside = Object.values(stack).filter(({ Type }) => /^AWS::IAM::(?!Role$)/.test(Type))
  if (!role || beside.length > 0 || role.Properties.ManagedPolicyArns !== undefined) {
    throw new Error(`${operationOf(lambda)} must have one role of its own, with inline policies alone`)
  }
  const policies = role.Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}

function touchesOf(statements: Statement[]): Touch[] {
  return statements.flatMap(touchesOfStatement).sort()
}

/** Understands exactly what is expected of a role, and throws at all else, so that nothing is allowed unseen. */
function touchesOfStatement(statement: Statement): Touch[] {
  const { Effect, Action, Condition = {}, Resource: target } = statement
  if (Effect !== 'Allow') throw new Error(`not understood: ${JSON.stringify(statement)}`)
  return [Action].flat().flatMap((action) => {
    if (isBase(action, target, Condition)) return []
    if (action in verbs && naming(target, 'Table') && Condition.Null?.['dynamodb:LeadingKeys'] === 'false') {
      const keys = Condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] as string[]
      return keys.map((key) => `${verbs[action]} ${familyOf(key)}` as Touch)
    }
    if (/^kms:(Sign|GetPublicKey)$/.test(action) && naming(target, 'ResourceTokenKey', 'ExchangeTokenKey')) {
      return [action.replace(':', ' ') as Touch]
    }
    throw new Error(`not understood: ${action} in ${JSON.stringify(statement)}`)
  })
}

/**
 * What every role may: write its own log, send traces, and have DynamoDB open the table for it. And what wakes a worker, which
 * Lambda reads and writes in its name: rows that tell of others by their keys, and the queue of its own stack.
 */
function isBase(action: string, target: unknown, condition: NonNullable<Statement['Condition']>): boolean {
  switch (action) {
    case 'dynamodb:DescribeStream':
    case 'dynamodb:GetRecords':
    case 'dynamodb:GetShardIterator':
    case 'dynamodb:ListStreams':
      return /^\{"Fn::ImportValue":"SigilCore:\w+GetAttTable[0-9A-F]{8}StreamArn\w+"\}$/.test(JSON.stringify(target))
    case 'sqs:SendMessage':
      return /^\{"Fn::GetAtt":\["Failures[0-9A-F]{8}","Arn"\]\}$/.test(JSON.stringify(target))
    case 'logs:CreateLogStream':
    case 'logs:PutLogEvents':
      return /^\{"Fn::GetAtt":\["\w+Log\w+","Arn"\]\}$/.test(JSON.stringify(target))
    case 'xray:PutTraceSegments':
    case 'xray:PutTelemetryRecords':
      return target === '*'
    case 'kms:Decrypt': {
      const via = JSON.stringify(condition.StringEquals?.['kms:ViaService'])
      return naming(target, 'TableKey') && via?.includes('"dynamodb.",{"Ref":"AWS::Region"}') === true
    }
    default:
      return false
  }
}

/** Whether a statement's resources are the core stack's constructs of these names, and nothing else. */
function naming(target: unknown, ...ids: string[]): boolean {
  const targets = [target].flat().map((each) => JSON.stringify(each))
  return (
    targets.length === ids.length &&
    ids.every((id) =>
      targets.some((each) =>
        new RegExp(`^\\{"Fn::ImportValue":"SigilCore:\\w+GetAtt${id}[0-9A-F]{8}Arn\\w+"\\}$`).test(each),
      ),
    )
  )
}

function familyOf(leadingKey: string): string {
  const family = /^([A-Z]+)#\*$/.exec(leadingKey)?.[1]
  if (!family) throw new Error(`${leadingKey} is not one family of keys`)
  return family
}
