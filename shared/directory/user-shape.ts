import * as v from 'valibot'
import { dateTime, displayName, guid, name, references, text } from './shape.ts'

/** The properties of people and of agent users (reference §1.5), which are users in all but how they come to act. */

/** Who a user is: required, and never cleared. */
const identity = {
  accountEnabled: v.boolean(),
  displayName,
  mailNickname: v.pipe(name(64), v.regex(/^[^\s@]+$/, "must hold no spaces and no '@'")),
  userPrincipalName: v.pipe(
    name(113),
    v.regex(
      /^[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9.-]+$/,
      "must be a name and a verified domain, with A-Z a-z 0-9 ' . - _ ! # ^ ~ before the @",
    ),
  ),
}

const mail = v.pipe(text(256), v.regex(/^[!-?A-~]+@[!-?A-~]+$/, 'must be a mail address, without accents'))
const cleared = (longest: number) => v.nullable(text(longest))

/** What else is known of a user, with the lengths that Graph has for it. */
const profile = {
  userType: v.picklist(['Member', 'Guest']),
  businessPhones: v.pipe(v.array(text(64)), v.maxLength(1, 'must have at most one member')),
  city: cleared(128),
  companyName: cleared(64),
  country: cleared(128),
  department: cleared(64),
  employeeHireDate: v.nullable(dateTime),
  employeeId: cleared(16),
  employeeOrgData: v.nullable(
    v.strictObject({ costCenter: v.optional(cleared(256), null), division: v.optional(cleared(256), null) }),
  ),
  employeeType: cleared(256),
  faxNumber: cleared(64),
  givenName: cleared(64),
  jobTitle: cleared(128),
  mobilePhone: cleared(64),
  officeLocation: cleared(128),
  otherMails: v.pipe(
    v.array(v.pipe(mail, v.maxLength(250, 'must have at most 250 characters'))),
    v.maxLength(250, 'must have at most 250 members'),
  ),
  postalCode: cleared(40),
  preferredLanguage: cleared(64),
  state: cleared(128),
  streetAddress: cleared(1024),
  surname: cleared(64),
  usageLocation: v.pipe(v.string(), v.regex(/^[A-Z]{2}$/, "must be a country's two letters, such as US")),
}

const atCreation = {
  ...identity,
  ...v.partial(v.object(profile)).entries,
  mail: v.optional(v.nullable(mail)),
  'sponsors@odata.bind': v.optional(references),
  '@odata.type': v.optional(v.string()),
}

const afterwards = v.partial(v.object({ ...identity, ...profile, mail, '@odata.type': v.string() })).entries

// Graph clients must send one for a person; Sigil keeps no passwords, so it is taken and forgotten.
const passwordProfile = v.optional(v.nullable(v.record(v.string(), v.unknown())))

export const userCreate = v.strictObject({ ...atCreation, passwordProfile })
export const userPatch = v.strictObject({ ...afterwards, passwordProfile })

export const agentUserCreate = v.strictObject({ ...atCreation, identityParentId: guid })
export const agentUserPatch = v.strictObject(afterwards)
