import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { afterAll } from 'vitest'
import { bundleViewerRequest } from '../../infra/bundle.ts'
import { addStacks } from '../../infra/stacks.ts'

/** A resource of a synthesised template, as much of it as is looked at. */
export type Resource = { Type: string; Properties: Record<string, unknown>; DeletionPolicy?: string }

/** Resources by their stack's name and their logical id. */
export type Resources = Record<string, Record<string, Resource>>

const directories: string[] = []
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

/** The stacks as `cdk synth` makes them, with the context of `cdk.json`, and an empty package in place of each bundle. */
export async function synthesise(context: Record<string, unknown> = {}) {
  // CloudFormation's own checks take seconds; `cdk synth` runs them.
  process.env.CDK_VALIDATION = 'false'
  const configuration = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'))
  const outdir = mkdtempSync(join(tmpdir(), 'sigil-synthesis-'))
  directories.push(outdir)
  const app = new App({ outdir, context: { ...configuration.context, ...context } })
  const { core, areas, jobs } = addStacks(app, {
    viewerRequest: await bundleViewerRequest(),
    codeOf: () => Code.fromInline('exports.handler = undefined'),
  })
  const assembly = app.synth()
  const resources: Resources = Object.fromEntries(
    assembly.stacks.map(({ stackName, template }) => [stackName, template.Resources]),
  )
  return { app, core, areas, jobs, assembly, resources }
}
