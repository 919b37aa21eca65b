import { rows } from './directory-roles.data.ts'

/** A directory role, named everywhere by the id of its template, which is the same in every tenant. */
export type DirectoryRole = { templateId: string; displayName: string; allowedForAgents: boolean }

export const directoryRoles: readonly DirectoryRole[] = rows.map(([displayName, templateId, allowedForAgents]) => ({
  templateId,
  displayName,
  allowedForAgents,
}))

const byTemplateId = new Map(directoryRoles.map((role) => [role.templateId, role]))

export const directoryRole = (templateId: string): DirectoryRole | undefined => byTemplateId.get(templateId)

/** Whether an agent identity or an agent user may hold the role: given to it, acted with, or carried in its token. */
export const isAllowedForAgents = (templateId: string): boolean => directoryRole(templateId)?.allowedForAgents === true
