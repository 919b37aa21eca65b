import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { dynamodbClient } from '../../../infra/local/aws-clients.ts'
import { startEngine } from '../../../infra/local/engine.ts'
import { lockState } from '../../../infra/local/lock.ts'
import { ensureTable } from '../../../infra/local/table.ts'

// Starts an engine on a state directory and writes rows as fast as it can, naming each once it is acknowledged.
const [, , state = ''] = process.argv
lockState(state)
const engine = await startEngine(state)
const dynamodb = dynamodbClient(engine.endpoint)
await ensureTable(dynamodb, 'sigil')
process.stdout.write(`${engine.endpoint}\n`)
await Promise.all(['a', 'b', 'c', 'd'].map(write))

async function write(writer: string): Promise<void> {
  for (let count = 0; ; count++) {
    const pk = `${writer}${count}`
    await dynamodb.send(new PutItemCommand({ TableName: 'sigil', Item: { pk: { S: pk }, sk: { S: 'STATE' } } }))
    process.stdout.write(`${pk}\n`)
  }
}
