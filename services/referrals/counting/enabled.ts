// ENABLE_REFERRAL_SYSTEM=false: members and keys cannot use referrals. Facts are still recorded, so
// nothing is lost when it is enabled again.
import type { FastifyInstance } from 'fastify'
import { referralsDisabled } from '../errors.ts'
import type { StateTerms } from './states.ts'

// A payment is a fact like those of events. People can always read and erase their data.
const open = /^\/api\/referrals\/(?:me|me\/export|status|audit|health|conversions\/webhook)$/

const isClosed = (url: string) => url.startsWith('/api/referrals/') && !open.test(url)

/** Documents the error of routes that can be disabled; rejects their requests if they are. */
export const disableRoutes = (app: FastifyInstance, { isEnabled }: StateTerms) => {
  for (const guard of app.guards)
    if (isClosed(guard.url)) guard.errors = [...(guard.errors ?? []), referralsDisabled]
  if (isEnabled) return
  // After the authorization, and before the body.
  app.addHook('preParsing', async ({ routeOptions }) => {
    const { url } = routeOptions
    if (url && isClosed(url)) throw referralsDisabled()
  })
}
