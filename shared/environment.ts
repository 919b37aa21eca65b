import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { clientOptions, withoutSdkLog } from './aws-client.ts'
import { createWorld, type World } from './world.ts'

let world: World | undefined

/**
 * The world of a Lambda function: built once per process, from the variables that its stack gives it.
 * @param called whether requests come to it, which must have come through the edge
 */
export function environmentWorld({ called } = { called: true }): World {
  world ??= createWorld({
    origin: required('SIGIL_ORIGIN'),
    tableName: required('SIGIL_TABLE'),
    dynamodb: withoutSdkLog(new DynamoDBClient(clientOptions)),
    ...(called && { originVerify: required('SIGIL_ORIGIN_VERIFY') }),
    ...optional('SIGIL_RESOURCE_KEY', 'resourceKeyArn'),
    ...optional('SIGIL_EXCHANGE_KEY', 'exchangeKeyArn'),
  })
  return world
}

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`the environment variable ${name} is not set`)
  return value
}

function optional<Name extends string>(variable: string, name: Name): { [key in Name]?: string } {
  const value = process.env[variable]
  return value ? ({ [name]: value } as { [key in Name]: string }) : {}
}
