import fc from 'fast-check'
import { describe, test } from 'vitest'
import { admits, bodiesOf, positions, schemaOf } from './schema.ts'
import { firstOfEach, stageForTests, successes, titled, withText, wrongs } from './stage.ts'
import { withValue } from './variants.ts'

/** Bodies with anything at all at some places: taken only where the document admits them, and then done well; else refused. */
const some = firstOfEach(successes(({ operation }) => bodiesOf(operation).length > 0))
const stage = stageForTests(some)

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
    await fc.assert(property, { seed: 3, numRuns: 25 })
  })
})
