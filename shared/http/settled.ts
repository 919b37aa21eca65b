import { Stale } from '../store/store.ts'

/** Runs again what another request's commit made stale. Each time one of the contenders wins, so this ends. */
export async function settled<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (!(error instanceof Stale) || attempt >= 20) throw error
    }
  }
}
