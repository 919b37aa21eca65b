import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lockState } from '../../infra/local/lock.ts'
import { ownIdentity } from '../../infra/local/process-identity.ts'
import { temporaryState } from './support/state.ts'

describe('a state directory', () => {
  test('is held by one service at a time', () => {
    const state = temporaryState()
    const lock = lockState(state)
    expect(() => lockState(state)).toThrow(/already running on .*process \d+.*--state/)
    lock.release()
    lockState(state).release()
    expect(readdirSync(state)).toEqual([])
  })

  test.each([
    ['a process that has ended', { pid: 4_194_304, startedAt: 'boot/1' }],
    ['a process whose id another bears now', { pid: process.pid, startedAt: 'boot/1' }],
    ['nobody that can be made out', 'nonsense'],
  ])('is free when its lock was left by %s', (_, holder) => {
    const state = temporaryState()
    writeFileSync(join(state, 'lock'), JSON.stringify(holder))
    const lock = lockState(state)
    expect(() => lockState(state)).toThrow(`process ${process.pid}`)
    lock.release()
    expect(readdirSync(state)).toEqual([])
  })

  test("keeps a lock that has become another's", () => {
    const state = temporaryState()
    const lock = lockState(state)
    writeFileSync(join(state, 'lock'), JSON.stringify({ ...ownIdentity(), pid: 1 }))
    lock.release()
    expect(existsSync(join(state, 'lock'))).toBe(true)
  })
})
