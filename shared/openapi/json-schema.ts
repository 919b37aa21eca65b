import { type ConversionConfig, type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { dateTime, guid, text } from '../directory/shape.ts'

export type { JsonSchema }

/** What a shape takes, as JSON Schema 2020-12, which is the dialect of OpenAPI 3.1. */
export function jsonSchema(shape: v.GenericSchema): JsonSchema {
  const { $schema: _dialect, ...schema } = toJsonSchema(shape, config)
  return schema
}

const config: ConversionConfig = {
  target: 'draft-2020-12',
  // What JSON Schema has no word for, such as a transformation into canonical form, is left out: it takes no less.
  errorMode: 'ignore',
  overrideSchema: ({ valibotSchema, jsonSchema }) => {
    if (valibotSchema.type !== 'custom') return undefined
    const { message } = valibotSchema as { message?: unknown }
    return typeof message === 'string' ? { ...jsonSchema, description: message } : undefined
  },
  overrideAction: ({ valibotAction, jsonSchema }) => {
    const { type, message, requirement } = valibotAction as { type: string; message?: unknown; requirement?: unknown }
    if (typeof message !== 'string' || !['check', 'regex'].includes(type)) return undefined
    if (everywhere.has(message)) return withoutPattern(jsonSchema, requirement)
    const format = formats.get(message)
    if (format) return { ...withoutPattern(jsonSchema, requirement), format }
    const words = { description: joined(jsonSchema.description, message) }
    // JSON Schema has no flags: what has some is told in words alone.
    const flagged = requirement instanceof RegExp && requirement.flags !== ''
    return { ...(flagged ? withoutPattern(jsonSchema, requirement) : jsonSchema), ...words }
  },
}

/** The words in which an action of a shape refuses; the document explains the rule with them. */
const messagesOf = (shape: { pipe: readonly { type: string; message?: unknown }[] }): string[] =>
  shape.pipe.flatMap(({ message }) => (typeof message === 'string' ? [message] : []))

/** What every text must be, but for its length: it is said once, in the document's description. */
export const everyText = (): string[] => messagesOf(text(1)).filter((message) => !message.includes('at most'))
const everywhere = new Set(everyText())

/** Rules that JSON Schema has a format for. */
const formats = new Map([
  ...messagesOf(guid).map((message) => [message, 'uuid'] as const),
  ...messagesOf(dateTime).map((message) => [message, 'date-time'] as const),
])

/** The schema without the pattern that was just taken from an action. */
function withoutPattern({ pattern, ...rest }: JsonSchema, requirement: unknown): JsonSchema {
  const isOther = pattern !== undefined && !(requirement instanceof RegExp && requirement.source === pattern)
  return isOther ? { pattern, ...rest } : rest
}

const joined = (before: string | undefined, message: string): string =>
  before === undefined ? message : `${before}; ${message}`
