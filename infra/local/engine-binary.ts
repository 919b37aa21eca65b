import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { codeOf } from './durable-file.ts'

const name = process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide'

/** The engine's program: the one that npm installed for this machine, or else one on PATH. */
export function findEngine(path: string | undefined, platform = `${process.platform}-${process.arch}`): string {
  const found = installed(platform) ?? onPath(path)
  if (found) return found
  throw new Error(
    'no DynamoDB engine was found. Any one of these will do:\n' +
      `  - the npm package @dynoxide/${platform}, which "npm ci" installs with the optional dependencies where there is one for the platform;\n` +
      '  - a program named dynoxide on PATH (https://github.com/nubo-db/dynoxide says how to install it);\n' +
      '  - any other DynamoDB endpoint, such as DynamoDB Local, named by the variable AWS_ENDPOINT_URL_DYNAMODB.',
  )
}

function installed(platform: string): string | undefined {
  const packageFile = `@dynoxide/${platform}/package.json`
  try {
    return executable(join(dirname(createRequire(import.meta.url).resolve(packageFile)), name))
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function onPath(path: string | undefined): string | undefined {
  const directories = (path ?? '').split(delimiter).filter((directory) => directory !== '')
  return directories.map((directory) => executable(join(directory, name))).find((found) => found !== undefined)
}

function executable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK)
    return path
  } catch {
    return undefined
  }
}
