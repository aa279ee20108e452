// The routes of members: signing in, their entry, their mail and their data.
import { tokenSigner } from '@vobee/shared/auth/members'
import type { Idempotent } from '@vobee/shared/data/idempotency/idempotency'
import type { PersonKey } from '@vobee/shared/privacy/email'
import type { FastifyInstance } from 'fastify'
import type { WaitlistSettings } from '../config.ts'
import type { ReleaseRate } from '../line/release-rate.ts'
import type { MailConfig } from '../mail/config.ts'
import type { QueueMail } from '../mail/queue.ts'
import { confirmRoute, resendConfirmationRoute } from './confirm-route.ts'
import { leaveRoute } from './leave-route.ts'
import { limitLinks } from './link-limit.ts'
import { linkRoute } from './link-route.ts'
import { changeMeRoute, meRoute } from './me-route.ts'
import { waitlistDataRoutes } from './member-data-route.ts'
import { signInRoute } from './sign-in-route.ts'
import { subscribeRoute } from './subscribe-route.ts'
import { unsubscribeRoute } from './unsubscribe-route.ts'

export type MemberDeps = {
  settings: WaitlistSettings
  mail: MailConfig
  queueMail: QueueMail
  personKey: PersonKey
  idempotent: Idempotent
  maxGateAge: () => number | null
  releaseRate: () => Promise<ReleaseRate>
}

export const memberRoutes = (app: FastifyInstance, deps: MemberDeps) => {
  const { settings, mail, queueMail, personKey, idempotent, maxGateAge, releaseRate } = deps
  const db = app.database
  const publicUrl = settings.PUBLIC_URL
  const sendsMail = mail.smtpUrl !== null
  const signToken = tokenSigner(settings.MEMBER_TOKEN_SECRET)
  const me = { db, publicUrl, maxGateAge, releaseRate, sendsMail, confirmation: mail.confirmation }
  meRoute(app, me)
  changeMeRoute(app, me)
  leaveRoute(app, { db, idempotent })
  waitlistDataRoutes(app, personKey)
  linkRoute(app, { db, personKey, limit: limitLinks(app, settings), queueMail, sendsMail })
  signInRoute(app, { db, idempotent, signToken })
  confirmRoute(app, { db, maxGateAge, idempotent, signToken })
  resendConfirmationRoute(app, { db, confirms: mail.confirmation !== 'off', queueMail })
  unsubscribeRoute(app, { db, publicUrl })
  subscribeRoute(app, db)
}
