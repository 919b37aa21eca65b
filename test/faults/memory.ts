import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'
import { findEngine } from '../../infra/local/engine-binary.ts'
import { freePort } from '../../infra/local/ports.ts'

/**
 * An engine that keeps the table in memory, for the service that is started after it: thousands of runs would otherwise wait
 * for the disk, which is not what they are about. An endpoint that the environment names is left in its place.
 */
export function engineInMemory(): void {
  if (process.env.AWS_ENDPOINT_URL_DYNAMODB) return
  let end = async (): Promise<void> => {}

  beforeAll(async () => {
    const port = await freePort(['127.0.0.1'])
    const engine = spawn(findEngine(process.env.PATH), ['serve', '--host', '127.0.0.1', '--port', String(port)], {
      stdio: 'ignore',
    })
    end = async () => {
      delete process.env.AWS_ENDPOINT_URL_DYNAMODB
      if (engine.exitCode === null && engine.kill()) await once(engine, 'exit')
    }
    process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${port}`
    while (engine.exitCode === null && !(await answers(port))) await sleep(10)
  })
  afterAll(() => end())
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}`).then(
    async (response) => {
      await response.body?.cancel()
      return true
    },
    () => false,
  )
