/**
 * What a caller wrote, as it may be shown again and kept: cut, and left out when it could be a credential that was put into
 * the wrong place. Secrets and tokens are long runs without a separator; a GUID is one that is no secret.
 */
export function shown(text: string): string {
  const withoutGuids = text.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '')
  return /[\w~+=-]{32}/.test(withoutGuids) ? '(not shown: it could be a secret)' : text.slice(0, 100)
}

/** The same, in quotation marks. */
export const quoted = (text: string): string => `'${shown(text)}'`
