// What a release answers: the wave, or with `dry_run` who would be in it.
import { anotherReply } from '@vobee/shared/http/route'
import { z } from 'zod'
import { personas } from '../scoring/personas.ts'
import { skipReasons } from './named.ts'
import { LISTED } from './preview.ts'

const Skipped = z.object({
  id: z.uuid().optional(),
  email: z.string().optional(),
  reason: z
    .enum(skipReasons)
    .describe('Its status; `unknown`: not on the list; `in_wave`: another wave releases it.'),
})

const skipped = z.array(Skipped).describe('The named entries that are not released, and why.')
const asked = z.int().describe('The requested number of entries; of named ones, each counted once.')

export const ReleaseReply = z
  .object({
    status: z.literal('success'),
    wave_id: z.uuid(),
    state: z.enum(['released', 'releasing', 'scheduled']),
    release_at: z.iso.datetime().nullable().describe('The time of a scheduled wave.'),
    asked,
    released: z.int().describe('Fewer than asked if fewer entries match; 0 if scheduled.'),
    pending: z
      .int()
      .describe('Released entries that still hold their position: a large wave takes time.'),
    waiting: z.int().describe('Entries that wait after the release.'),
    skipped,
  })
  .meta({ id: 'ReleasedWave' })

const DryRunReply = z
  .object({
    status: z.literal('success'),
    dry_run: z.literal(true),
    asked,
    would_release: z.int(),
    gate: z
      .object({ open: z.boolean(), reasons: z.array(z.string()) })
      .describe('A release while the gate is closed is a 423.'),
    entries: z
      .array(
        z.object({
          id: z.uuid(),
          email: z.string(),
          name: z.string().nullable(),
          persona: z.enum(personas),
          source: z.string().nullable().describe('The utm_source of the join.'),
          score: z.int(),
          position: z.int(),
        }),
      )
      .describe(`In the order of the line, at most ${LISTED}.`),
    skipped,
  })
  .meta({ id: 'ReleasePreview' })

export const dryRunReply = anotherReply(200, DryRunReply)
