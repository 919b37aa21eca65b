import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { routes } from '../shared/routes.ts'
import { type FunctionName, workers } from '../shared/workers.ts'

/** What one function is made of. */
type Bundle = {
  /** Of the code alone; its source map lies beside it. */
  bytes: number
  /** The files that went into it, from the top of the project. */
  inputs: string[]
}
export type Bundles = Record<FunctionName, Bundle>

const root = fileURLToPath(new URL('..', import.meta.url))
const names = Object.keys({ ...routes, ...workers }) as FunctionName[]

/** Where the functions are bundled to, when they are to be deployed. */
const outputDirectory = join(root, 'dist', 'functions')

/** Below the output directory, the folder that is one function's deployment package. */
export const packageDirectory = (name: FunctionName, directory = outputDirectory): string => join(directory, name)

/** Bundles every function into its own folder: `index.mjs`, and `index.mjs.map`. */
export async function writeBundles(directory = outputDirectory): Promise<Bundles> {
  const missing = names.filter((name) => !existsSync(sourceOf(name)))
  if (missing.length > 0) throw new Error(`routes or workers without a file below functions/: ${missing.join(', ')}`)
  rmSync(directory, { recursive: true, force: true })
  return bundleAll({ outdir: directory, write: true })
}

/** What {@link writeBundles} would write, measured and not written. */
export async function measureBundles(): Promise<Bundles> {
  return bundleAll({ outdir: outputDirectory, write: false })
}

/** One call for all: the SDK's thousand files are read and parsed once. */
async function bundleAll(output: { outdir: string; write: boolean }): Promise<Bundles> {
  const { metafile } = await build({
    ...functionOptions,
    ...output,
    metafile: true,
    entryPoints: names.map((name) => ({ in: sourceOf(name), out: join(name, 'index') })),
  })
  return Object.fromEntries(names.map((name) => [name, bundleOf(metafile, name)])) as Bundles
}

/**
 * The AWS SDK is bundled, not taken from the runtime: its version is ours, and it loads faster than the runtime's copy.
 * Maps hold positions and names, not the source itself, which stays out of the deployed package.
 */
export const functionOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  // The ES module of each package where it has one: only those can be shaken.
  mainFields: ['module', 'main'],
  alias: { '@aws-sdk/credential-provider-node': join(root, 'infra', 'lambda-credentials.ts') },
  minify: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
} satisfies BuildOptions

const sourceOf = (name: FunctionName): string => join(root, 'functions', `${name}.ts`)

function bundleOf(metafile: Metafile, name: FunctionName): Bundle {
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint === `functions/${name}.ts`)
  if (!output) throw new Error(`no bundle was made of ${name}`)
  const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return { bytes: output.bytes, inputs: inputs.map(([file]) => file).sort() }
}

const edgeLimit = 10 * 1024

/** The code of CloudFront's viewer-request function: one script with a top-level `handler`, as its runtime wants it. */
export async function bundleViewerRequest(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['infra/viewer-request.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    // cloudfront-js-2.0 is ES5 and the few later features that its documentation lists. Whatever else the source used
    // would be rewritten where that is possible, and is an error here where it is not.
    target: 'es5',
    supported: { arrow: true, 'const-and-let': true, 'rest-argument': true, 'template-literal': true },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
  const module = outputFiles[0]?.text.trimEnd() ?? ''
  const script = module.replace(/export\{handler\};$/, '')
  if (script === module || /\bimport\b|\bexport\b|\brequire\b/.test(script)) {
    throw new Error('the viewer-request function must be one script that imports nothing and exports its handler alone')
  }
  if (Buffer.byteLength(script) > edgeLimit) {
    throw new Error(`the viewer-request function has ${Buffer.byteLength(script)} bytes; CloudFront takes ${edgeLimit}`)
  }
  return script
}
