import { expect } from 'vitest'
import type { Made } from '../scenarios/makers.ts'
import type { Answer, Row, Sigil } from '../support/sigil.ts'

/** What tests of relations between objects have in common. */

export const refer = ({ id }: Pick<Made, 'id'>, collection = 'directoryObjects') => ({
  '@odata.id': `https://graph.microsoft.com/v1.0/${collection}/${id}`,
})

export function refusal({ status, body }: Answer): { status: number; code: string; message: string } {
  const { code, message } = body.error as { code: string; message: string }
  return { status, code, message }
}

export async function idsAt(sigil: Sigil, path: string, token?: string): Promise<string[]> {
  const { value } = await sigil.make('GET', path, undefined, token)
  return (value as Made[]).map(({ id }) => id)
}

/** Both rows of each relation that an object has. */
export async function relationsOf(sigil: Sigil, { id }: Pick<Made, 'id'>): Promise<Row[]> {
  const inverse = (await sigil.rows(`INVERSE#${sigil.tenantId}#`)).filter(({ sk }) => sk === id)
  return [...(await sigil.rows(`RELATION#${sigil.tenantId}#${id}`)), ...inverse]
}

export const auditsOf = async (sigil: Sigil, { id }: Pick<Made, 'id'>): Promise<Row[]> =>
  (await sigil.rows(`AUDIT#${sigil.tenantId}#`)).filter(
    ({ targetResources }) => (targetResources as { id: string }[])[0]?.id === id,
  )

/** That something is refused, and changes nothing at all. */
export async function refuses(sigil: Sigil, run: () => Promise<Answer>): Promise<ReturnType<typeof refusal>> {
  const sorted = async () =>
    (await sigil.rows()).sort((one, other) => (`${one.pk} ${one.sk}` < `${other.pk} ${other.sk}` ? -1 : 1))
  const before = await sorted()
  const found = refusal(await run())
  expect(await sorted()).toEqual(before)
  return found
}

/** Everything that a listing holds, page after page; `between` runs after each page. */
export async function pagesOf(
  sigil: Sigil,
  path: string,
  between: (page: Made[]) => Promise<unknown> = async () => {},
  headers: Record<string, string> = {},
): Promise<Made[][]> {
  const pages: Made[][] = []
  for (let next: string | undefined = path; next !== undefined; ) {
    const { status, body } = await sigil.send(next.startsWith('/v1.0') ? next : `/v1.0${next}`, {
      headers: { authorization: `Bearer ${await sigil.adminToken()}`, ...headers },
    })
    expect([next, status, body.error]).toEqual([next, 200, undefined])
    pages.push(body.value as Made[])
    await between(body.value as Made[])
    const link = body['@odata.nextLink'] as string | undefined
    next = link === undefined ? undefined : new URL(link).pathname + new URL(link).search
    expect(pages.length).toBeLessThan(500)
  }
  return pages
}
