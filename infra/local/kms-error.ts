/** The errors of AWS KMS that the stand-in gives, by the names under which the SDK knows them. */
export type KmsErrorName =
  | 'DisabledException'
  | 'InvalidKeyUsageException'
  | 'KMSInvalidStateException'
  | 'NotFoundException'
  | 'UnknownOperationException'
  | 'UnsupportedOperationException'
  | 'ValidationException'

/** What the caller did wrong, as KMS would say it. */
export class KmsError extends Error {
  override readonly name: KmsErrorName

  constructor(name: KmsErrorName, message: string) {
    super(message)
    this.name = name
  }
}
