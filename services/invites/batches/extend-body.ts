// A new expiry: days from now, a time in the future, or never.
import { reportTogether } from '@vobee/shared/http/text'
import { z } from 'zod'

const members = z.strictObject({
  expires_in_days: z.int().min(1).max(3650).optional().describe('From now.'),
  expires_at: z.iso.datetime({ offset: true }).nullable().optional().describe('Null: never.'),
})
type Members = z.infer<typeof members>

const expiryError = (message: string) => ({ ...reportTogether, path: ['expires_at'], message })

const isPast = ({ expires_at }: Members) =>
  typeof expires_at === 'string' && Date.parse(expires_at) <= Date.now()

export const ExtendBody = members
  .refine(
    (body) => body.expires_in_days === undefined || body.expires_at === undefined,
    expiryError('must not be given together with expires_in_days'),
  )
  .refine(
    (body) => body.expires_in_days !== undefined || body.expires_at !== undefined,
    expiryError('is required unless expires_in_days is given'),
  )
  .refine((body) => !isPast(body), expiryError('must lie in the future'))
  .meta({ id: 'ExtensionRequest' })
export type ExtendBody = z.infer<typeof ExtendBody>
