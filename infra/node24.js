// Sigil runs its TypeScript as it is, which needs Node 24. On Linux `npm ci` installs that Node beside the project and
// npm's scripts find it first; elsewhere the machine's own must do. Plain JavaScript, so that an old Node can read it.
const [major] = process.versions.node.split('.').map(Number)

if (major < 24) {
  console.error(
    `Sigil needs Node 24 or later; this is ${process.version}.\n` +
      'On Linux run "npm ci" (with optional dependencies) and start it through npm: npm start, npm test, npm run demo.\n' +
      'Elsewhere install Node 24 from https://nodejs.org and try again.',
  )
  process.exit(1)
}

const [, , script, ...rest] = process.argv
if (script) {
  const { pathToFileURL } = await import('node:url')
  process.argv = [process.argv[0], script, ...rest]
  await import(pathToFileURL(script).href)
}
