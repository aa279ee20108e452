// The body of generate: its members, and which of them exclude each other.
import { overrideMembers, withOverride } from '@vobee/shared/gate'
import { flatObject, nameText, reportTogether } from '@vobee/shared/http/text'
import { Email } from '@vobee/shared/privacy/email'
import { z } from 'zod'
import { CustomCode, Prefix } from '../codes/code-format.ts'

const members = z.strictObject({
  batch_size: z.int().min(1).max(1_000_000),
  batch_id: nameText(50).optional().describe('Without one the batch is named for the time.'),
  max_uses: z.int().min(1).max(1_000_000_000).nullable().default(1).describe('Null: unlimited.'),
  expires_in_days: z.int().min(1).max(3650).optional().describe('7 by default.'),
  expires_at: z.iso.datetime({ offset: true }).nullable().optional().describe('Null: never.'),
  issued_to: Email.optional().describe('The only person who may redeem these codes.'),
  mail: z
    .boolean()
    .optional()
    .describe(
      'With `issued_to`: false sends no mail. By default the codes are mailed, in one mail.',
    ),
  created_by: nameText(200).optional().describe('The name of the key by default.'),
  metadata: flatObject().optional(),
  prefix: Prefix.optional(),
  code: CustomCode.optional().describe('A custom code, with batch_size 1.'),
  ...overrideMembers,
})
type Members = z.infer<typeof members>

type Conflict = { path: keyof Members; message: string; in: (body: Members) => boolean }

const conflicts: Conflict[] = [
  {
    path: 'expires_at',
    message: 'must not be given together with expires_in_days',
    in: (body) => body.expires_at !== undefined && body.expires_in_days !== undefined,
  },
  {
    path: 'expires_at',
    message: 'must lie in the future',
    in: ({ expires_at }) => typeof expires_at === 'string' && Date.parse(expires_at) <= Date.now(),
  },
  {
    path: 'code',
    message: 'must not be given unless batch_size is 1',
    in: (body) => body.code !== undefined && body.batch_size !== 1,
  },
  {
    path: 'mail',
    message: 'must not be true without issued_to',
    in: (body) => body.mail === true && body.issued_to === undefined,
  },
  {
    path: 'prefix',
    message: 'must not be given together with code',
    in: (body) => body.prefix !== undefined && body.code !== undefined,
  },
]

const checked = conflicts.reduce(
  (body, { path, message, in: isIn }) =>
    body.refine((given) => !isIn(given), { ...reportTogether, path: [path], message }),
  members,
)

export const GenerateBody = withOverride(checked).meta({ id: 'GenerateRequest' })
export type GenerateBody = z.infer<typeof GenerateBody>
