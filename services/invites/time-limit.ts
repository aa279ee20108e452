// How long issuing may take.

const BASE_MS = 1_800
/** A million codes took 10 s on two busy cores. */
const MS_PER_CODE = 0.025

/**
 * ms for a statement that issues `size` codes: 1.8 s for a few, 27 s for a million, which is less
 * than the 30 s after which the server gives a silent connection up.
 */
export const timeLimit = (size: number): number => Math.round(BASE_MS + size * MS_PER_CODE)
