import { styleText } from 'node:util'

/** Runs one step of the demonstration and prints it as one line; `says` gives the line its last word. */
export type Step = <Value>(name: string, run: () => Promise<Value>, says?: (value: Value) => string) => Promise<Value>

/** Steps that end when `stop` does, in whatever they are. */
export function stepsUntil(stop: AbortSignal): Step {
  return async (name, run, says = () => '') => {
    stop.throwIfAborted()
    const begun = performance.now()
    const line = (mark: string, word: string) =>
      print(`  ${mark} ${`${Math.round(performance.now() - begun)}`.padStart(5)} ms  ${name.padEnd(nameWidth)}  ${word}`)
    try {
      const value = await Promise.race([run(), abortionOf(stop)])
      line(styleText('green', '✓'), styleText('dim', says(value)))
      return value
    } catch (error) {
      line(styleText('red', '✗'), '')
      throw stop.aborted ? stop.reason : new Error(`"${name}" failed: ${messageOf(error)}`, { cause: error })
    }
  }
}

const nameWidth = 54

/** Rejects when the signal does, with its reason. */
export function abortionOf(stop: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (stop.aborted) reject(stop.reason)
    stop.addEventListener('abort', () => reject(stop.reason), { once: true })
  })
}

export function print(text = ''): void {
  process.stdout.write(`${text.trimEnd()}\n`)
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
