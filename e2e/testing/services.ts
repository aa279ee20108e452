// One replica of each service on one database, whose events are handled when a test says so.
import * as invites from '@vobee/invites'
import * as qualityGates from '@vobee/quality-gates'
import * as referrals from '@vobee/referrals'
import type { TestDatabase } from '@vobee/testing/database'
import { asAdmin, testSettings } from '@vobee/testing/settings'
import * as waitlist from '@vobee/waitlist'

type Join = { email: string; referred_by?: string; address: string; agent?: string }

/** Builds the services; `more` are settings of referrals. */
export const openServices = ({ urls }: TestDatabase, more: NodeJS.ProcessEnv = {}) => {
  const off = { RATE_LIMITS: 'off' }
  const apps = {
    waitlist: waitlist.buildApp(testSettings(waitlist.Settings, urls.waitlist, off)),
    invites: invites.buildApp(testSettings(invites.Settings, urls.invites, off)),
    referrals: referrals.buildApp(
      testSettings(referrals.Settings, urls.referrals, { ...off, ...more }),
    ),
    quality: qualityGates.buildApp(testSettings(qualityGates.Settings, urls['quality-gates'], off)),
  }
  const all = Object.values(apps)
  type Name = keyof typeof apps
  const call = async (service: Name, method: 'GET' | 'POST', path: string, payload?: object) => {
    const url = `/api/${service}/${path}`
    const reply = await apps[service].inject({
      method,
      url,
      headers: asAdmin,
      ...(payload ? { payload } : {}),
    })
    if (reply.statusCode >= 400) throw new Error(`${url}: ${reply.statusCode} ${reply.body}`)
    return reply.json()
  }
  return {
    apps,
    get: (service: Name, path: string) => call(service, 'GET', path),
    post: (service: Name, path: string, payload: object) => call(service, 'POST', path, payload),
    /** Joins as a visitor; returns the reply. */
    join: async ({ address, agent = 'a browser', ...person }: Join) => {
      const reply = await apps.waitlist.inject({
        method: 'POST',
        url: '/api/waitlist/join',
        remoteAddress: address,
        headers: { 'user-agent': agent },
        payload: { use_case: 'to see', persona: 'other', ...person },
      })
      if (reply.statusCode !== 201) throw new Error(`join: ${reply.statusCode} ${reply.body}`)
      return reply.json() as { position: number; referral_code: string }
    },
    /** Handles events until no service has one. */
    processAll: async () => {
      for (let handled = 1; handled > 0; ) {
        const counts = []
        for (const { inbox } of all) counts.push(await inbox.processBatch())
        if (counts.includes(-1)) throw new Error('an event could not be handled')
        handled = Math.max(...counts)
      }
    },
    /** Returns the consistency checks that fail. */
    findWrong: async () => {
      const reports = []
      for (const name of ['waitlist', 'invites', 'referrals'] as const)
        reports.push(await call(name, 'GET', 'status?audit=1'))
      return reports.flatMap(({ audit }) => audit.filter(({ ok }: { ok: boolean }) => !ok))
    },
    close: () => Promise.all(all.map((app) => app.close())),
  }
}
