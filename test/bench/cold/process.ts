import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/*
 * A fresh process as Lambda starts one: loads a bundle, calls it once or more often, and prints what that took. Without a
 * bundle, what a process takes that does nothing.
 */

type Bundle = { handler: (event: unknown, context: { awsRequestId: string }) => Promise<{ statusCode?: number }> }

const [, , bundle, eventFile, calls = '1'] = process.argv
const begun = process.cpuUsage()
let errors = 0
if (bundle && eventFile) {
  const { handler } = (await import(pathToFileURL(bundle).href)) as Bundle
  const event = readFileSync(eventFile, 'utf8')
  for (let call = 0; call < Number(calls); call++) {
    const { statusCode } = await handler(JSON.parse(event), { awsRequestId: randomUUID() })
    if (statusCode !== 200) errors++
  }
}
const own = process.cpuUsage(begun)
const whole = process.cpuUsage()
process.stderr.write(
  JSON.stringify({
    errors,
    ownMs: (own.user + own.system) / 1000,
    wholeMs: (whole.user + whole.system) / 1000,
    residentMB: process.memoryUsage.rss() / 2 ** 20,
  }),
  // Connections that are kept alive would keep the process.
  () => process.exit(0),
)
