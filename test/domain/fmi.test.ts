import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeGuid, fmiSubject } from '../../shared/domain/fmi.ts'

describe('the subject of a T1', () => {
  // Reference §3.13; the last was seen in a real error message.
  test.each([
    ['11111111-2222-3333-4444-555555555555', 'ERERESIiMzNERFVVVVVVVQ'],
    ['aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', 'qqqqqru7zMzd3e7u7u7u7g'],
    ['72f988bf-86f1-41af-91ab-2d7cd011db47', 'v4j5cvGGr0GRqy180BHbRw'],
  ])('has the GUID %s as %s', (guid, encoded) => {
    expect(encodeGuid(guid)).toBe(encoded)
  })

  test('is a path of tenant, blueprint and agent (reference §3.13)', () => {
    expect(
      fmiSubject(
        '11111111-2222-3333-4444-555555555555',
        'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
        '01234567-89ab-cdef-0123-456789abcdef',
      ),
    ).toBe('/eid1/c/pub/t/ERERESIiMzNERFVVVVVVVQ/a/qqqqqru7zMzd3e7u7u7u7g/01234567-89ab-cdef-0123-456789abcdef')
  })

  test('never has two GUIDs as one', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (one, other) => {
        expect(encodeGuid(one)).toMatch(/^[A-Za-z0-9_-]{22}$/)
        expect(encodeGuid(one) === encodeGuid(other)).toBe(one === other)
      }),
    )
  })
})
