import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { admits, bodiesOf, positions, schemaOf } from './schema.ts'
import { firstOfEach, inTurn, stageForTests, successes, titled, withText, wrongs } from './stage.ts'
import { canary, hostile, isHidden, wholly, withValue } from './variants.ts'

/**
 * Every operation that takes a body × every place of its shape × all that can be wrong there. What the document does not admit is
 * refused with a 4xx, in words, and nothing is changed.
 */
const some = firstOfEach(successes(({ operation }) => bodiesOf(operation).length > 0))
const stage = stageForTests(some)
const known = new Set<string>()

describe('a body that is wrong in one place is refused, and changes nothing', () => {
  test.each(titled(some))('%s', async (_, scenario) => {
    const shapes = bodiesOf(scenario.operation)
    const ready = await stage.ready(scenario)
    const valid = ready.sent.body as object
    expect(admits(shapes, valid), 'what they are made from is admitted').toBe(true)
    const variants = shapes.flatMap((shape) => hostile(valid, shape, known))
    const found: string[] = []
    for (const variant of new Map(variants.map((each) => [each.text, each])).values()) {
      const isWrong = isHidden(variant) || !admits(shapes, JSON.parse(variant.text))
      const outcome = await stage.outcome(ready, withText(ready, variant.text))
      const isSecret = /secret|password|proof|key/i.test(variant.title) && 'error' in outcome.body
      const repeated = isSecret && JSON.stringify(outcome.body).includes(canary)
      const wrong = wrongs(outcome, isWrong ? 'refused' : 'refused or taken')
      found.push(...[...wrong, ...(repeated ? ['repeats a secret'] : [])].map((each) => `${variant.title}: ${each}`))
    }
    expect(found).toEqual([])
  })
})

describe('a body that is wrong as a whole is refused, and changes nothing', () => {
  test.each(titled(some))('%s', async (_, scenario) => {
    const ready = await stage.ready(scenario)
    const found: string[] = []
    for (const { title, text, headers, status } of inTurn(wholly(ready.sent.body as object), some.indexOf(scenario))) {
      const outcome = await stage.outcome(ready, withText(ready, text, headers))
      found.push(...wrongs(outcome, status).map((wrong) => `${title}: ${wrong}`))
    }
    expect(found).toEqual([])
  })
})

const odd = fc.constantFrom<unknown>(
  '',
  ' ',
  '\u00a0',
  '\u202eabc',
  'Cafe\u0301',
  '\u212aelvin',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}',
  'Z\u0351\u036b\u0343a\u0323lgo',
  '\ufeff',
  '\ufffe',
  'null',
  'false',
  '__proto__',
  'toString',
  "' or '1'='1",
  '{{7*7}}',
  '../../etc/passwd',
  'https://graph.microsoft.com/v1.0/users/',
  'file:///etc/passwd',
  '00000000-0000-0000-0000-000000000000',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  '2030-02-30T00:00:00Z',
  0,
  -1,
  2 ** 53,
  1e308,
  5e-324,
  true,
  null,
)
const anything = fc.oneof(odd, fc.jsonValue(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }))

/** Taken only where the document admits them, and then done well. */
describe('a body with anything in some of its places is answered, and nothing is half done', () => {
  test.each(titled(some))('%s', async (_, scenario) => {
    const shapes = bodiesOf(scenario.operation)
    const ready = await stage.ready(scenario)
    const place = fc.constantFrom(...shapes.flatMap((shape) => positions(schemaOf(shape)).map(({ path }) => path)))
    const changes = fc.array(fc.tuple(place, fc.oneof(anything, fc.array(anything, { maxLength: 3 }))), {
      minLength: 1,
      maxLength: 3,
    })
    const property = fc.asyncProperty(changes, async (some) => {
      const text = JSON.stringify(some.reduce((body, [path, value]) => withValue(body, path, value), ready.sent.body))
      const isWrong = !admits(shapes, JSON.parse(text))
      const outcome = await stage.outcome(ready, withText(ready, text))
      const found = wrongs(outcome, isWrong ? 'refused' : 'refused or taken')
      if (found.length > 0) throw new Error(`${found.join('; ')}: ${text}`)
    })
    await fc.assert(property, { seed: 3, numRuns: 12 })
  })
})
