import { join } from 'node:path'
import type { Ports } from './addresses.ts'
import { readIfThere, writeDurably } from './durable-file.ts'

/** What makes a second start the same service: written step by step as the first start gets on. */
export type ServiceRecord = {
  /** The public origin is part of every issuer and audience, so its port belongs to the state for good. */
  ports: Ports
  tableName: string
  signingKeys?: SigningKeys
  tenant?: LocalTenant
}

/** The ARNs of the KMS keys that sign each kind of token. */
export type SigningKeys = { resource: string; exchange: string }

export type LocalTenant = {
  tenantId: string
  domain: string
  admin: { clientId: string; clientSecret: string }
}

const fileIn = (state: string): string => join(state, 'service.json')

export function readRecord(state: string): ServiceRecord | undefined {
  const content = readIfThere(fileIn(state))
  if (content === undefined) return undefined
  try {
    return JSON.parse(content)
  } catch (cause) {
    throw new Error(`${fileIn(state)} cannot be read; remove the directory ${state} to begin anew`, { cause })
  }
}

export function writeRecord(state: string, record: ServiceRecord): void {
  writeDurably(fileIn(state), `${JSON.stringify(record, null, 2)}\n`)
}
