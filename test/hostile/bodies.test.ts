import { describe, expect, test } from 'vitest'
import { admits, bodiesOf } from './schema.ts'
import { firstOfEach, stageForTests, successes, titled, withText, wrongs } from './stage.ts'
import { canary, hostile, isHidden, wholly } from './variants.ts'

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
    for (const { title, text, headers, status } of wholly(ready.sent.body as object)) {
      const outcome = await stage.outcome(ready, withText(ready, text, headers))
      found.push(...wrongs(outcome, status).map((wrong) => `${title}: ${wrong}`))
    }
    expect(found).toEqual([])
  })
})
