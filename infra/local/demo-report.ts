import { styleText } from 'node:util'

/** Runs one step of the demonstration and prints it as one line; `says` gives the line its last word. */
export type Step = <Value>(name: string, run: () => Promise<Value>, says?: (value: Value) => string) => Promise<Value>

/** Steps that end when `stop` does, in whatever they are. */
export function stepsUntil(stop: AbortSignal): Step {
  const stopped = abortionOf(stop)
  stopped.catch(() => {})
  return async (name, run, says = () => '') => {
    stop.throwIfAborted()
    const begun = performance.now()
    const line = (mark: string, word: string) => {
      const ms = (performance.now() - begun).toFixed(0).padStart(5)
      print(`  ${mark} ${ms} ms  ${name.padEnd(nameWidth)}  ${word}`.trimEnd())
    }
    try {
      const value = await Promise.race([run(), stopped])
      line(styleText('green', '✓'), styleText('dim', says(value)))
      return value
    } catch (error) {
      line(styleText('red', '✗'), '')
      throw stop.aborted ? stop.reason : new Error(`"${name}" failed: ${messageOf(error)}`, { cause: error })
    }
  }
}

const nameWidth = 55

/** Rejects when the signal does, with its reason. */
export function abortionOf(stop: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (stop.aborted) reject(stop.reason)
    stop.addEventListener('abort', () => reject(stop.reason), { once: true })
  })
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export const heading = (text: string): string => styleText('bold', text)

/** A claim of the demonstration: it ends where one does not hold. */
export function mustBe(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [actual, expected].map((value) => JSON.stringify(value))
  if (is !== should) throw new Error(`${what} is ${is}, and not ${should}`)
}

/** An error often keeps the reason in its cause: `fetch failed` says nothing by itself. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.message === 'fetch failed'
    ? `${error.message}: ${error.cause.message}`
    : error.message
}
