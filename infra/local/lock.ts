import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, readIfThere } from './durable-file.ts'
import { isRunning, ownIdentity, parseIdentity } from './process-identity.ts'

/** Held by the one service that may use a state directory. */
export type Lock = { release(): void }

/** Takes the directory for this process. A lock whose holder no longer runs was left by a crash and counts for nothing. */
export function lockState(state: string): Lock {
  const path = join(state, 'lock')
  const own = `${path}.${process.pid}`
  const content = JSON.stringify(ownIdentity())
  writeFileSync(own, content, { mode: 0o600 })
  try {
    // Linking puts the file there with its content, or fails when there is one: nobody ever meets an empty lock.
    while (!link(own, path)) removeStale(path, state)
  } finally {
    rmSync(own, { force: true })
  }
  return {
    release() {
      if (readIfThere(path) === content) rmSync(path, { force: true })
    },
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

function removeStale(path: string, state: string): void {
  refuseHeld(readIfThere(path), state)
  // Two may find the same stale lock. It is moved aside under a name of our own and looked at again there, so that the
  // slower of the two cannot remove the lock that the faster has just taken.
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  try {
    refuseHeld(readIfThere(aside), state)
  } catch (error) {
    link(aside, path)
    throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function refuseHeld(content: string | undefined, state: string): void {
  const holder = parseIdentity(content)
  if (holder && isRunning(holder)) {
    throw new Error(
      `a service is already running on ${state} (process ${holder.pid}); stop it, or choose another directory with --state`,
    )
  }
}
