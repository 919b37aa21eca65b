import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb'
import { attributes } from '../../shared/store/table.ts'

/** Makes the table as the stack makes it in AWS, unless it is there. Says whether it was made now. */
export async function ensureTable(dynamodb: DynamoDBClient, name: string): Promise<boolean> {
  const made = (await statusOf(dynamodb, name)) === undefined
  if (made) await create(dynamodb, name)
  while ((await statusOf(dynamodb, name)) !== 'ACTIVE') await sleep(50)
  await enableTimeToLive(dynamodb, name)
  return made
}

async function statusOf(dynamodb: DynamoDBClient, name: string): Promise<string | undefined> {
  try {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name }))
    return Table?.TableStatus
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

async function create(dynamodb: DynamoDBClient, name: string): Promise<void> {
  const { partition, sort } = attributes
  try {
    await dynamodb.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: partition, AttributeType: 'S' },
          { AttributeName: sort, AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: partition, KeyType: 'HASH' },
          { AttributeName: sort, KeyType: 'RANGE' },
        ],
      }),
    )
  } catch (error) {
    // Another service on a shared endpoint was faster.
    if (!(error instanceof ResourceInUseException)) throw error
  }
}

/** Asked for at each start: a crash may have come between the table and this. */
async function enableTimeToLive(dynamodb: DynamoDBClient, name: string): Promise<void> {
  const { TimeToLiveDescription } = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName: name }))
  if (TimeToLiveDescription?.TimeToLiveStatus?.startsWith('ENABL')) return
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { Enabled: true, AttributeName: attributes.timeToLive },
    }),
  )
}
