import type { Document, Method, Operation, Parameter, Ref, ResponseObject } from './document.ts'
import type { JsonSchema } from './json-schema.ts'

/** The OpenAPI document as a page for people: one file of HTML without scripts, which fetches nothing. */
export function referenceOf(document: Document): string {
  const { info, servers, tags, components } = document
  const operations = placed(document)
  // What is taken stands where it is taken.
  const bodies = new Set(operations.flatMap(({ main }) => bodyRefs(main).map(nameIn)))
  const areas = tags.map((tag) => ({ ...tag, operations: operations.filter(({ main }) => main.tags[0] === tag.name) }))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)} reference</title>
<style>${style}</style>
</head>
<body>
<nav aria-label="Contents">
<p><a href="#top"><strong>${escaped(info.title)}</strong></a> ${escaped(info.version)}</p>
${areas.map(contents).join('\n')}
<p><a href="#types">Types</a></p>
</nav>
<main id="top">
<h1>${escaped(info.title)} reference</h1>
${info.description.split('\n\n').map(paragraph).join('\n')}
<p>It is at <code>${escaped(servers[0]?.url ?? '')}</code>, and described for programs in <a href="/openapi.json">openapi.json</a>.</p>
${areas.map((area) => section(area, document)).join('\n')}
<section>
<h2 id="types">Types</h2>
${Object.entries(components.schemas)
  .filter(([name]) => !bodies.has(name))
  .map(([name, schema]) => `<h3 id="type-${escaped(name)}">${escaped(name)}</h3>\n${properties(schema)}`)
  .join('\n')}
</section>
</main>
</body>
</html>
`
}

/** An operation with all its paths: each is an operation of its own to OpenAPI. */
type Placed = { method: Method; paths: string[]; main: Operation }
type Area = { name: string; description: string; operations: Placed[] }

function placed({ paths }: Document): Placed[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method as Method, operation })),
  )
  return all
    .filter(({ operation }) => operation['x-same-as'] === undefined)
    .map(({ path, method, operation }) => {
      const further = all.filter((each) => each.operation['x-same-as'] === operation.operationId)
      return { method, paths: [path, ...further.map((each) => each.path)], main: operation }
    })
}

const contents = ({ name, operations }: Area): string => `<details>
<summary><a href="#area-${escaped(name)}">${escaped(titleOf(name))}</a></summary>
<ul>
${operations.map(({ main }) => `<li><a href="#${idOf(main)}">${escaped(verbOf(main))}</a></li>`).join('\n')}
</ul>
</details>`

const section = ({ name, description, operations }: Area, document: Document): string => `<section>
<h2 id="area-${escaped(name)}">${escaped(titleOf(name))}</h2>
${paragraph(description)}
${operations.map((operation) => article(operation, document)).join('\n')}
</section>`

function article({ method, paths, main }: Placed, { components }: Document): string {
  const parameters = (main.parameters ?? []).flatMap((ref) => components.parameters[nameIn(ref)] ?? [])
  return `<article>
<h3 id="${idOf(main)}">${escaped(main.summary)}</h3>
${paths.map((path) => `<p class="address"><b>${method.toUpperCase()}</b> <code>${escaped(path)}</code></p>`).join('\n')}
${permissions(main)}
${parameters.length > 0 ? parameterTable(parameters) : ''}
${bodyOf(main, components.schemas)}
<h4>Answers</h4>
<dl>
${Object.entries(main.responses)
  .map(([status, response]) => answer(status, response, components.responses))
  .join('\n')}
</dl>
</article>`
}

function permissions({ security }: Operation): string {
  if (security.length === 0) return '<p>For anyone.</p>'
  const roles = security.flatMap((each) => each.bearer ?? [])
  if (roles.length === 0) return '<p>For any caller with an access token.</p>'
  return `<p>Needs ${roles.length > 1 ? 'one of ' : ''}${roles.map(code).join(', ')}.</p>`
}

const parameterTable = (parameters: readonly Parameter[]): string =>
  table(
    'Parameters',
    parameters.map(({ name, in: place, description, schema }) => [
      code(name),
      place,
      `${typeOf(schema)}`,
      escaped([description, ...limits(schema)].join(' ')),
    ]),
  )

const bodyRefs = ({ requestBody }: Operation): Ref[] =>
  Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => (schema.anyOf ?? [schema]) as Ref[])

function bodyOf(operation: Operation, schemas: Document['components']['schemas']): string {
  const [mediaType] = Object.keys(operation.requestBody?.content ?? {})
  if (mediaType === undefined) return ''
  const refs = bodyRefs(operation)
  const shapes = refs.map((ref) => {
    const name = nameIn(ref)
    return `<details>
<summary>${escaped(name)}</summary>
${properties(schemas[name] ?? {})}
</details>`
  })
  return `<h4>Body: ${escaped(mediaType)}${refs.length > 1 ? ', one of' : ''}</h4>\n${shapes.join('\n')}`
}

function answer(status: string, given: ResponseObject | Ref, responses: Document['components']['responses']): string {
  const response = '$ref' in given ? responses[nameIn(given)] : given
  const [content] = Object.entries(response?.content ?? {})
  const shown = content ? `${typeOf(content[1].schema)} (${escaped(content[0])})` : ''
  return `<dt>${escaped(status)}</dt><dd>${escaped(response?.description ?? '')} ${shown}</dd>`
}

/** What an object holds, with what its members hold: `api.knownClientApplications[]`. */
function properties(schema: JsonSchema): string {
  const rows = rowsOf(schema, '')
  return rows.length > 0 ? table('', rows) : `<p>${typeOf(schema)}</p>`
}

function rowsOf(schema: JsonSchema, prefix: string): string[][] {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).flatMap(([name, given]) => {
    if (typeof given === 'boolean') return []
    const path = `${prefix}${name}`
    const row = [
      code(path),
      required.has(name) ? 'required' : '',
      typeOf(given),
      escaped([given.description ?? '', ...limits(given)].filter(Boolean).join('; ')),
    ]
    const inner = whole(given)
    const items =
      inner.items && typeof inner.items === 'object' && !Array.isArray(inner.items) ? inner.items : undefined
    return [row, ...rowsOf(inner, `${path}.`), ...(items ? rowsOf(whole(items), `${path}[].`) : [])]
  })
}

/** A schema without the null that it may be instead. */
function whole(schema: JsonSchema): JsonSchema {
  const others = schema.anyOf?.filter((each): each is JsonSchema => typeof each === 'object' && each.type !== 'null')
  return others?.length === 1 && others[0] ? whole(others[0]) : schema
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = nameIn({ $ref: schema.$ref })
    return `<a href="#type-${escaped(name)}">${escaped(name)}</a>`
  }
  if (schema.anyOf)
    return schema.anyOf.map((each) => (typeof each === 'object' ? typeOf(each) : 'anything')).join(' or ')
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.enum) return schema.enum.map((each) => code(JSON.stringify(each))).join(' or ')
  if (schema.type === 'array')
    return `array of ${typeof schema.items === 'object' && !Array.isArray(schema.items) ? typeOf(schema.items) : 'anything'}`
  // A page of a list is told by what it lists.
  const { value } = schema.properties ?? {}
  if (schema.type === 'object' && typeof value === 'object' && value.type === 'array')
    return `page with ${typeOf(value)}`
  return escaped([schema.type ?? 'anything', schema.format ? `(${schema.format})` : ''].filter(Boolean).join(' '))
}

function limits(given: JsonSchema): string[] {
  const schema = whole(given)
  const items = typeof schema.items === 'object' && !Array.isArray(schema.items) ? whole(schema.items) : {}
  return [
    ...(schema === given || schema.description === undefined ? [] : [schema.description]),
    ...(items.description === undefined ? [] : [`each ${items.description}`]),
    ...(items.maxLength === undefined ? [] : [`each at most ${items.maxLength} characters`]),
    ...(schema.minLength === undefined ? [] : [`at least ${schema.minLength} characters`]),
    ...(schema.maxLength === undefined ? [] : [`at most ${schema.maxLength} characters`]),
    ...(schema.minItems === undefined ? [] : [`at least ${members(schema.minItems)}`]),
    ...(schema.maxItems === undefined ? [] : [`at most ${members(schema.maxItems)}`]),
    ...(schema.minimum === undefined ? [] : [`from ${schema.minimum}`]),
    ...(schema.maximum === undefined ? [] : [`to ${schema.maximum}`]),
    ...(given.default === undefined ? [] : [`${JSON.stringify(given.default)} unless given`]),
  ]
}

const members = (count: number): string => (count === 1 ? 'one member' : `${count} members`)

const table = (caption: string, rows: readonly (readonly string[])[]): string => `<div class="wide"><table>
${caption && `<caption>${escaped(caption)}</caption>`}
${rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}
</table></div>`

const nameIn = ({ $ref }: Ref): string => $ref.slice($ref.lastIndexOf('/') + 1)
const idOf = ({ operationId }: Operation): string => escaped(operationId.replaceAll('/', '-'))
const verbOf = ({ operationId }: Operation): string =>
  operationId.slice(operationId.indexOf('/') + 1).replaceAll('-', ' ')
const titleOf = (area: string): string => area.charAt(0).toUpperCase() + area.slice(1).replaceAll('-', ' ')
const paragraph = (text: string): string => `<p>${escaped(text)}</p>`
const code = (text: string): string => `<code>${escaped(text)}</code>`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: light-dark(#0b57d0, #9cc2ff); }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1rem; border-right: 1px solid var(--line); font-size: .9rem; }
nav ul { margin: 0 0 .5rem; padding-left: 1.6rem; list-style: none; }
main { padding: 1rem 2.5rem 6rem; max-width: 68rem; }
h1 { margin-top: .5rem; }
h2 { margin-top: 3.5rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { margin: 2.5rem 0 .5rem; font-size: 1.1rem; }
h4 { margin: 1rem 0 .3rem; font-size: .95rem; }
a { color: var(--link); }
nav a { text-decoration: none; }
code { font: .875em ui-monospace, monospace; overflow-wrap: anywhere; }
.address { margin: .25rem 0; padding: .35rem .7rem; background: var(--soft); border-radius: .3rem; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .5rem 0 .3rem; }
td { padding: .3rem .8rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top; }
dl { display: grid; grid-template-columns: 3rem 1fr; gap: .2rem .6rem; margin: 0; font-size: .9rem; }
dd { margin: 0; }
summary { cursor: pointer; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
@media print { nav { display: none; } body { display: block; } }
`
