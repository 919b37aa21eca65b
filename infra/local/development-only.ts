/** The variables that could lead a request of this process, or its keys, to a real AWS account. */
type Environment = Readonly<Record<string, string | undefined>>

/**
 * The local service keeps private keys in plain files. It must never be taken for the real one, so it does not start in
 * Lambda, nor where the environment points at a real AWS account.
 */
export function refuseRealAws(env: Environment): void {
  const reason = realAws(env)
  if (!reason) return
  throw new Error(
    `${reason}. The local service keeps its signing keys in plain files and is for development only, so it does not start ` +
      'where a real AWS account is configured. Unset that variable and try again.',
  )
}

function realAws(env: Environment): string | undefined {
  if (env.AWS_LAMBDA_FUNCTION_NAME) return 'AWS_LAMBDA_FUNCTION_NAME is set'
  for (const name of ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']) {
    if (env[name]) return `${name} is set (to ${env[name]})`
  }
  for (const name of ['AWS_ENDPOINT_URL_KMS', 'AWS_ENDPOINT_URL']) {
    if (env[name] && !isLoopback(env[name])) return `${name} points beyond this machine (to ${env[name]})`
  }
  if (env.AWS_ENDPOINT_URL_DYNAMODB && isAws(env.AWS_ENDPOINT_URL_DYNAMODB)) {
    return `AWS_ENDPOINT_URL_DYNAMODB points at AWS (${env.AWS_ENDPOINT_URL_DYNAMODB})`
  }
  return undefined
}

function isLoopback(url: string): boolean {
  const host = hostOf(url)
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host ?? '')
}

/** An unreadable address is taken for the real thing: refusing is the safe side. */
function isAws(url: string): boolean {
  return /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(hostOf(url) ?? 'amazonaws.com')
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
