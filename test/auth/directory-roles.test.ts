import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { directoryRole, directoryRoles, isAllowedForAgents } from '../../shared/directory-roles.ts'
import { parseGuid } from '../../shared/domain/guid.ts'
import { managementApi } from '../../shared/permissions.ts'

const find = (name: string) => directoryRoles.find(({ displayName }) => displayName === name)

test('every role is there once, and every id stands for one', () => {
  expect(new Set(directoryRoles.map(({ displayName }) => displayName)).size).toBe(directoryRoles.length)
  expect(new Set(directoryRoles.map(({ templateId }) => templateId)).size).toBe(directoryRoles.length)
  for (const role of directoryRoles) {
    expect(parseGuid(role.templateId)).toBe(role.templateId)
    expect(directoryRole(role.templateId)).toEqual(role)
  }
  expect(directoryRole('00000000-0000-0000-0000-000000000000')).toBeUndefined()
})

// Reference §5.6: "Allowed for agent identities (others refused)". Each `/` of it stands for one more role of the same kind.
const allowed = `
  AI Administrator; Attack Payload Author; Attack Simulation Administrator; Attribute Assignment Reader;
  Attribute Definition Reader; Attribute Log Administrator; Attribute Log Reader; Azure DevOps Administrator;
  Azure Information Protection Administrator; B2C IEF Policy Administrator; Billing Administrator;
  Cloud App Security Administrator; Compliance Administrator; Compliance Data Administrator;
  Customer LockBox Access Approver; Desktop Analytics Administrator; Directory Readers;
  Directory Synchronization Accounts; Dynamics 365 Administrator; Dynamics 365 Business Central Administrator;
  Edge Administrator; Exchange Administrator; Exchange Recipient Administrator; Extended Directory User Administrator;
  External ID User Flow Administrator; External ID User Flow Attribute Administrator; Fabric Administrator;
  Global Reader; Global Secure Access Log Reader; Insights Administrator; Insights Analyst; Insights Business Leader;
  IoT Device Administrator; Kaizala Administrator; Knowledge Administrator; Knowledge Manager; License Administrator;
  Message Center Privacy Reader; Message Center Reader; Microsoft 365 Backup Administrator;
  Microsoft 365 Migration Administrator; Microsoft Entra Joined Device Local Administrator;
  Microsoft Graph Data Connect Administrator; Microsoft Hardware Warranty Administrator;
  Microsoft Hardware Warranty Specialist; Network Administrator; Office Apps Administrator;
  Organizational Branding Administrator; Organizational Data Source Administrator; Organizational Messages Approver;
  Organizational Messages Writer; People Administrator; Places Administrator; Power Platform Administrator;
  Printer Administrator; Printer Technician; Purview Workload Content Administrator; Purview Workload Content Reader;
  Purview Workload Content Writer; Reports Reader; Search Administrator; Search Editor; Security Reader;
  Service Support Administrator; SharePoint Administrator; SharePoint Embedded Administrator;
  Skype for Business Administrator; Teams Administrator; Teams Communications Administrator;
  Teams Communications Support Engineer; Teams Communications Support Specialist; Teams Devices Administrator;
  Teams Reader; Teams Telephony Administrator; Tenant Creator; Usage Summary Reports Reader;
  User Experience Success Manager; Virtual Visits Administrator; Viva Glint Tenant Administrator;
  Viva Goals Administrator; Viva Pulse Administrator; Windows 365 Administrator;
  Windows Update Deployment Administrator; Yammer Administrator
`
  .split(';')
  .map((name) => name.trim())

test('agents may hold the roles of the list and no others', () => {
  const held = directoryRoles.filter(({ templateId }) => isAllowedForAgents(templateId))
  expect(held.map(({ displayName }) => displayName).sort()).toEqual([...allowed].sort())
  expect(isAllowedForAgents('00000000-0000-0000-0000-000000000000')).toBe(false)
})

// "Blocked (absent from the allowed list), for example"; and those that manage agents.
test.each([
  'Global Administrator',
  'Privileged Role Administrator',
  'Privileged Authentication Administrator',
  'User Administrator',
  'Application Administrator',
  'Cloud Application Administrator',
  'Security Administrator',
  'Conditional Access Administrator',
  'Hybrid Identity Administrator',
  'Partner Tier1 Support',
  'Partner Tier2 Support',
  'Agent ID Administrator',
  'Agent ID Developer',
  'Attribute Assignment Administrator',
  'Groups Administrator',
])('%s is a role that no agent may hold', (name) => {
  expect(find(name)).toMatchObject({ allowedForAgents: false })
})

// biome-ignore format: a table reads better aligned
test.each([
  ['Global Administrator',               '62e90394-69f5-4237-9190-012177145e10'],
  ['Privileged Role Administrator',      'e8611ab8-c189-46e8-94e1-60213ab1f814'],
  ['Application Administrator',          '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3'],
  ['Cloud Application Administrator',    '158c047a-c907-4556-b7ef-446551a6b5f7'],
  ['User Administrator',                 'fe930be7-5e62-47db-91af-98c3a49a38b1'],
  ['Global Reader',                      'f2ef992c-3afb-46b9-b7cf-a126ee74c451'],
  ['Directory Readers',                  '88d8e3e3-8f55-4a1e-953a-9b9898b8876b'],
  ['Groups Administrator',               'fdd7a751-b60b-444a-984c-02652fe8fa1c'],
  ['Attribute Assignment Administrator', '58a13ea3-c632-46ae-9ee0-9c0d43cd7f3d'],
  ['AI Administrator',                   'd2562ede-74db-457e-a7b6-544e236ebb61'],
])('%s has Microsoft’s id', (name, templateId) => {
  expect(find(name)?.templateId).toBe(templateId)
})

test.each(['Administrator', 'Reader', 'Writer'])('Purview Workload Content %s has an id made from its name', (kind) => {
  const name = `Purview Workload Content ${kind}`
  const namespace = Buffer.from(managementApi.appId.replaceAll('-', ''), 'hex')
  const hash = createHash('sha1').update(namespace).update(`DirectoryRole:${name}`).digest().subarray(0, 16)
  // RFC 9562 §5.5: version 5, variant 10.
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6)
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8)
  expect(find(name)?.templateId.replaceAll('-', '')).toBe(hash.toString('hex'))
})
