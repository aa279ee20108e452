// Settings of a service under test, through its own zod schema.
import { readSettings } from '@vobee/shared/ops/settings'
import type { z } from 'zod'

export const ADMIN_KEY = 'test-admin-key-of-more-than-32-characters'
export const PERSON_KEY_SECRET = 'test-person-key-secret-of-more-than-32'

export const MEMBER_TOKEN_SECRET = 'test-member-token-secret-of-more-than-32'

/** The number of random operations in the property test of the line. */
export const LINE_OPERATIONS = Number(process.env.LINE_OPERATIONS ?? 2_000)

/** The seconds for which two replicas get random changes of the line. */
export const LINE_SECONDS = Number(process.env.LINE_SECONDS ?? 4)

/** The number of races for codes of each kind while processes are killed. */
export const REDEEM_ROUNDS = Number(process.env.REDEEM_ROUNDS ?? 4)

/** The races of joins with an Idempotency-Key, while connections are killed. */
export const KEYED_ROUNDS = Number(process.env.KEYED_ROUNDS ?? 4)

/** The random sequences of guesses that the test of the guess counter runs. */
export const GUESS_RUNS = Number(process.env.GUESS_RUNS ?? 30)

/** The generated populations on which the fraud weights are tested. */
export const FRAUD_SEEDS = (process.env.FRAUD_SEEDS ?? '2').split(' ').map(Number)

/** How often the test of the gate pauses. */
export const GATE_PAUSES = Number(process.env.GATE_PAUSES ?? 2)

/** The random runs of everything that changes referrals. */
export const REFERRAL_RUNS = Number(process.env.REFERRAL_RUNS ?? 5)

/** The random changes of referrals, members, codes and rewards, after which every count is checked. */
export const REPORT_OPERATIONS = Number(process.env.REPORT_OPERATIONS ?? 300)

/** The headers of an admin. */
export const asAdmin = { authorization: `Bearer ${ADMIN_KEY}` }

/** Reads settings as `main.ts` does, with defaults for the required ones. */
export const testSettings = <S extends z.ZodRawShape>(
  shape: S,
  databaseUrl: string,
  more: NodeJS.ProcessEnv = {},
) =>
  readSettings(shape, {
    DATABASE_URL: databaseUrl,
    ADMIN_API_KEY: ADMIN_KEY,
    PERSON_KEY_SECRET,
    MEMBER_TOKEN_SECRET,
    LOG_LEVEL: 'silent',
    ...more,
  })
