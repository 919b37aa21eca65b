import { describe, expect, test } from 'vitest'
import { type Document, documentOf } from '../../shared/openapi/document.ts'
import { referenceOf } from '../../shared/openapi/reference.ts'
import { sigilForTests } from '../support/sigil.ts'

const sigil = sigilForTests()
const document = documentOf('https://id.example.com')
const page = referenceOf(document)
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

describe('the reference for people', () => {
  test('is served to anyone as a page that may run nothing, load nothing and be framed by nobody', async () => {
    const response = await fetch(`${sigil.service.http}/reference`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    expect(await response.text()).toBe(referenceOf(documentOf(sigil.service.origin)))
  })

  test('is whole by itself: no script, and no address of anyone else', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|\bon\w+=|@import|url\(|javascript:/i)
    const links = [...page.matchAll(/\bhref="([^"]*)"/g)].map(([, href = '']) => href)
    expect(links.filter((href) => !href.startsWith('#') && href !== '/openapi.json')).toEqual([])
  })

  test('has each operation, with its method and its address', () => {
    for (const { path, method, operation } of operations) {
      expect(page).toContain(`<b>${method.toUpperCase()}</b> <code>${path}</code>`)
      if (operation['x-same-as'] === undefined) expect(page).toContain(`>${escaped(operation.summary)}</h3>`)
    }
  })

  test('tells of each permission and each property that the document has', () => {
    const permissions = operations.flatMap(({ operation }) => operation.security.flatMap(({ bearer = [] }) => bearer))
    const properties = Object.values(document.components.schemas).flatMap((schema) =>
      Object.keys(schema.properties ?? {}),
    )
    const missing = [...permissions, ...properties].filter((name) => !page.includes(`<code>${escaped(name)}</code>`))
    expect(missing).toEqual([])
  })

  test('has every place that it leads to, once', () => {
    const ids = [...page.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const leads = [...page.matchAll(/\bhref="#([^"]*)"/g)].map(([, id]) => id)
    expect(leads.filter((id) => !ids.includes(id))).toEqual([])
  })

  test('closes what it opens', () => {
    const open: string[] = []
    for (const [, slash, tag = ''] of page.matchAll(/<(\/?)([a-z]\w*)\b[^>]*>/g)) {
      if (tag === 'meta') continue
      if (slash) expect(open.pop()).toBe(tag)
      else open.push(tag)
    }
    expect(open).toEqual([])
  })

  test('shows what looks like HTML as it stands', () => {
    const hostile = '"><script>alert(1)</script>&amp;'
    const words: unknown = JSON.parse(JSON.stringify(document), (name, value) =>
      typeof value === 'string' && !['$ref', 'x-same-as', 'in'].includes(name) ? `${value}${hostile}` : value,
    )
    const shown = referenceOf(words as Document)
    expect(shown).not.toContain('<script>')
    expect(shown).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;')
  })
})

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
