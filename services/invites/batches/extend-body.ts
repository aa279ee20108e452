// What the end of codes may be set to: days from now, a time in the future, or never.
import { z } from 'zod'

const members = z.strictObject({
  expires_in_days: z.int().min(1).max(3650).optional().describe('From now.'),
  expires_at: z.iso.datetime({ offset: true }).nullable().optional().describe('Null: never.'),
})

// Told together with the faults of single members, which zod by itself would not.
const isObject = ({ value }: { value: unknown }) => typeof value === 'object' && value !== null

export const ExtendBody = members
  .refine((given) => given.expires_in_days === undefined || given.expires_at === undefined, {
    path: ['expires_at'],
    message: 'must not be given together with expires_in_days',
    when: isObject,
  })
  .refine((given) => given.expires_in_days !== undefined || given.expires_at !== undefined, {
    path: ['expires_at'],
    message: 'is required unless expires_in_days is given',
    when: isObject,
  })
  .refine(
    ({ expires_at }) => typeof expires_at !== 'string' || !(Date.parse(expires_at) <= Date.now()),
    { path: ['expires_at'], message: 'must lie in the future', when: isObject },
  )
export type ExtendBody = z.infer<typeof ExtendBody>
