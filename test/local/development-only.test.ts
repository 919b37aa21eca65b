import { describe, expect, test } from 'vitest'
import { refuseRealAws } from '../../infra/local/development-only.ts'

describe('the local service', () => {
  test.each([
    ['a profile', { AWS_PROFILE: 'production' }, 'AWS_PROFILE'],
    ['a default profile', { AWS_DEFAULT_PROFILE: 'production' }, 'AWS_DEFAULT_PROFILE'],
    ['a KMS elsewhere', { AWS_ENDPOINT_URL_KMS: 'https://kms.eu-west-1.amazonaws.com' }, 'AWS_ENDPOINT_URL_KMS'],
    [
      'a KMS whose name begins like loopback',
      { AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1.example' },
      'AWS_ENDPOINT_URL_KMS',
    ],
    ['all of AWS elsewhere', { AWS_ENDPOINT_URL: 'https://gateway.example' }, 'AWS_ENDPOINT_URL'],
    [
      'a real table',
      { AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.eu-west-1.amazonaws.com' },
      'AWS_ENDPOINT_URL_DYNAMODB',
    ],
    ['a table at no readable address', { AWS_ENDPOINT_URL_DYNAMODB: 'dynamodb' }, 'AWS_ENDPOINT_URL_DYNAMODB'],
    ['Lambda', { AWS_LAMBDA_FUNCTION_NAME: 'sigil-token-issue' }, 'AWS_LAMBDA_FUNCTION_NAME'],
  ])('refuses to start with %s, and names the variable', (_, env, variable) => {
    expect(() => refuseRealAws(env)).toThrow(variable)
  })

  test.each([
    ['nothing configured', {}],
    ['a KMS on loopback', { AWS_ENDPOINT_URL_KMS: 'http://127.0.0.1:4566' }],
    ['a table on loopback', { AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:8000' }],
    ['a table in a container beside it', { AWS_ENDPOINT_URL_DYNAMODB: 'http://dynamodb-local:8000' }],
  ])('starts with %s', (_, env) => {
    expect(() => refuseRealAws(env)).not.toThrow()
  })
})
