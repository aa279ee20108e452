import { key } from '@vobee/shared/auth/callers'
import { route } from '@vobee/shared/http/route'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { unknownWave } from '../../errors.ts'
import { personas } from '../../scoring/personas.ts'
import { type ListWavesDeps, Wave } from './list-waves-route.ts'
import { reportWave, SOURCES } from './wave-report.ts'

const counts = { released: z.int(), mailed: z.int(), redeemed: z.int() }

const WaveReport = Wave.extend({
  by_persona: z
    .array(z.object({ persona: z.enum(personas), ...counts }))
    .describe('Without people who left or were erased since.'),
  by_source: z
    .array(z.object({ source: z.string().nullable(), ...counts }))
    .describe(`The same by utm_source: the ${SOURCES} largest.`),
}).meta({ id: 'WaveReport' })

export const waveReportRoute = (app: FastifyInstance, { db, maxGateAge }: ListWavesDeps) =>
  route(
    app,
    {
      method: 'GET',
      url: '/api/waitlist/waves/:id',
      operationId: 'getWave',
      summary: 'Get a wave, and how many of its people were mailed and redeemed',
      auth: key('waitlist:read'),
      params: z.strictObject({ id: z.uuid() }),
      replies: [200, WaveReport],
      errors: [unknownWave],
    },
    async ({ params }) => {
      const report = await reportWave(db, params.id, maxGateAge())
      if (!report) throw unknownWave()
      return report
    },
  )
