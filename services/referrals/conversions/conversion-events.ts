// What a webhook says: who paid, and when. Null for everything that is no payment of a person.
import { errorsOf, inputProblem } from '@vobee/shared/http/input/input-errors'
import { inputMessage } from '@vobee/shared/http/input/input-messages'
import { text } from '@vobee/shared/http/text'
import { Email } from '@vobee/shared/privacy/email'
import { z } from 'zod'
import { PAYMENT_DAYS } from '../counting/payments.ts'

/** The body of each webhook; that of an event that concerns us is checked further. */
export const WebhookBody = z.looseObject({
  type: z.string(),
  data: z.looseObject({}),
})
export type WebhookBody = z.infer<typeof WebhookBody>

export type Conversion = {
  /** The id of the event. */
  id: string
  /** Ids of the user, in order of preference. */
  userIds: string[]
  /** Used if no user has one of the ids. */
  email: string | null
  /** An ISO 8601 time; null: now. */
  at: string | null
}

/** @throws invalidInput (400) */
const parse = <S extends z.ZodType>(schema: S, body: WebhookBody): z.infer<S> => {
  const { data, error } = schema.safeParse(body, { error: inputMessage })
  if (error) throw inputProblem(error.issues.flatMap((issue) => errorsOf(issue, 'body')))
  return data as z.infer<S>
}

const DAY_MS = 86_400_000

const daysAgo = (time: string) => (Date.now() - Date.parse(time)) / DAY_MS

const StandardConversion = z.object({
  timestamp: z.iso
    .datetime({ offset: true })
    .refine((time) => daysAgo(time) <= PAYMENT_DAYS, `must be within the last ${PAYMENT_DAYS} days`)
    .refine((time) => daysAgo(time) >= -1, 'must be at most a day in the future')
    .optional(),
  data: z
    .object({ user_id: text(255).optional(), email: Email.optional() })
    .refine(({ user_id, email }) => user_id ?? email, 'must have user_id or email'),
})

/** Reads the body of a webhook by Standard Webhooks. @throws invalidInput (400) */
export const readStandard = (body: WebhookBody, id: string): Conversion | null => {
  if (body.type !== 'conversion') return null
  const { data, timestamp = null } = parse(StandardConversion, body)
  const { user_id, email = null } = data
  return { id, userIds: user_id ? [user_id] : [], email, at: timestamp }
}

const value = z.string().nullish().catch(null)
const metadata = z.looseObject({ user_id: value }).nullish().catch(null)

const StripeEvent = z.object({
  id: text(255),
  created: z.int().min(0).max(1e11),
  data: z.object({
    object: z.object({
      payment_status: value,
      amount_paid: z.number().nullish().catch(null),
      client_reference_id: value,
      metadata,
      customer_details: z.object({ email: value }).nullish().catch(null),
      customer_email: value,
      parent: z
        .object({ subscription_details: z.object({ metadata }).nullish() })
        .nullish()
        .catch(null),
    }),
  }),
})

type StripeObject = z.infer<typeof StripeEvent>['data']['object']

const isPaid: Record<string, (object: StripeObject) => boolean> = {
  'checkout.session.completed': ({ payment_status }) => payment_status === 'paid',
  // The invoice of a trial is paid too, with nothing.
  'invoice.paid': ({ amount_paid }) => amount_paid !== 0,
}

const valid = <S extends z.ZodType<string>>(schema: S, values: unknown[]): string[] =>
  values.flatMap((one) => schema.safeParse(one).data ?? [])

/** Reads an event of Stripe. @throws invalidInput (400) */
export const readStripe = (body: WebhookBody): Conversion | null => {
  const isConversion = Object.hasOwn(isPaid, body.type) ? isPaid[body.type] : undefined
  if (!isConversion) return null
  const { id, created, data } = parse(StripeEvent, body)
  const { object } = data
  const subscription = object.parent?.subscription_details?.metadata
  const userIds = valid(text(255), [
    object.client_reference_id,
    object.metadata?.user_id,
    subscription?.user_id,
  ])
  const [email = null] = valid(Email, [object.customer_details?.email, object.customer_email])
  if (!isConversion(object) || (userIds.length === 0 && email === null)) return null
  return { id, userIds, email, at: new Date(created * 1000).toISOString() }
}
