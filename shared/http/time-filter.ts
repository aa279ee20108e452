// Filters of lists by time: `…_since` is inclusive, `…_until` is exclusive.
import { z } from 'zod'

export const since = z.iso.datetime({ offset: true }).optional().describe('At this time or later.')

export const until = z.iso.datetime({ offset: true }).optional().describe('Before this time.')

/** A filter under its old name, which still works. */
export const renamed = (name: string) =>
  z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ deprecated: true, description: `Use \`${name}\`, which wins over this.` })
