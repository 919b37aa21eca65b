import { expect, test } from 'vitest'
import { policyOf } from '../../infra/policy.ts'
import type { Touch } from '../../shared/routes.ts'

const tableKey = { on: 'table key', actions: ['kms:Decrypt'] }

// biome-ignore format: a table reads better aligned
test.each<[string, readonly Touch[], unknown[]]>([
  ['nothing for nothing',                   [],                                    []],
  ['one statement for the families of one verb', ['get TENANT', 'get APP'],        [{ on: 'table', actions: ['dynamodb:GetItem'], families: ['TENANT', 'APP'] }, tableKey]],
  ['each verb its own families',            ['get APP', 'put AUDIT', 'get TENANT'], [{ on: 'table', actions: ['dynamodb:GetItem'], families: ['APP', 'TENANT'] }, { on: 'table', actions: ['dynamodb:PutItem'], families: ['AUDIT'] }, tableKey]],
  ['what is written in one transaction together', ['put AUDIT', 'check CLIENT'],    [{ on: 'table', actions: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem'], families: ['AUDIT', 'CLIENT'] }, tableKey]],
  ['a check by its own name',               ['check CLIENT'],                      [{ on: 'table', actions: ['dynamodb:ConditionCheckItem'], families: ['CLIENT'] }, tableKey]],
  ['the keys without the table',            ['kms Sign'],                          [{ on: 'signing keys', actions: ['kms:Sign'] }]],
])('a role allows %s', (_, touches, expected) => {
  expect(policyOf(touches)).toEqual(expected)
})
