// Delivers events in any order, again, and to handlers that die before their commit.
import { type EventName, type Service, services } from '@vobee/shared/events/catalogue'
import { testSettings } from '@vobee/testing/settings'
import { ReferralsSettings } from '../../../services/referrals/config.ts'
import { referralTerms } from '../../../services/referrals/counting/terms.ts'
import { awardBadges, grantDue } from '../../../services/referrals/rewards/scheduled.ts'
import { applyCredits } from '../../../services/waitlist/line/credits.ts'
import { modelSettings } from './model-settings.ts'
import type { System } from './system.ts'

const rewardsOf = (url: string) =>
  referralTerms(testSettings(ReferralsSettings, url, modelSettings)).rewards

type Row = { id: number; event: EventName; payload: object }
type Erasure = { person: string; pseudonym: string; is_known: boolean }

/** Makes handlers fail at their commit while `proof.lost` names the service; records erasures. */
const PROOF = `
  create schema proof;
  create table proof.lost (service text primary key);
  create table proof.erasures (
    service text, pseudonym text, id bigint, person text, primary key (service, pseudonym)
  );
  create function proof.lose() returns trigger language plpgsql security definer as $body$
  begin
    if exists (select from proof.lost where service = tg_table_schema) then
      raise exception 'the process died' using errcode = '57P01';
    end if;
    return null;
  end $body$;
  create function proof.record() returns trigger language plpgsql security definer as $body$
  begin
    insert into proof.erasures (service, pseudonym, id, person)
    select tg_table_schema, new.payload ->> 'pseudonym', new.id, new.payload ->> 'person'
    on conflict do nothing;
    return null;
  end $body$;
  ${services
    .map(
      (service) => `
        create constraint trigger lost after delete on ${service}.inbox
          deferrable initially deferred for each row execute function proof.lose();
        create trigger recorded after insert on ${service}.inbox
          for each row when (new.event = 'person.erased') execute function proof.record();`,
    )
    .join('')}`

const SIGNAL_KEYS = `
  insert into waitlist.signal_keys (period, key)
  select floor(extract(epoch from now()) / 2592000)::int + n, sha256('a test')
  from generate_series(-1, 1) as n`

// The second pass of an erasure follows seconds later: after everything else.
const isSecondPass = (service: Service) => `
  event.event = 'person.erased'
  and exists (select from ${service}.erased where pseudonym = event.payload ->> 'pseudonym')`

// An erasure is handled before later events that name the person.
const waiting = (service: Service) => `
  select event.id, event.event, event.payload
  from ${service}.inbox as event
  where not (${isSecondPass(service)}) and not exists (
    select from ${service}.inbox as earlier
    where earlier.event = 'person.erased' and earlier.id < event.id
      and not exists (select from ${service}.erased where pseudonym = earlier.payload ->> 'pseudonym')
      and strpos(event.payload::text, earlier.payload ->> 'person') > 0
  )
  order by event.id`

const setDue = (service: Service) => `
  with waiting as (${waiting(service)}), free as (
    select id from ${service}.inbox order by id for update skip locked
  )
  update ${service}.inbox as event
  set try_at = case
    when event.id in (select id from waiting) and ($1::bigint is null or event.id = $1)
    then now() - interval '1 second' else 'infinity' end
  from free where free.id = event.id`

export const openInboxes = async ({ db, app, gate }: System) => {
  const rewards = rewardsOf(db.urls.referrals)
  await db.owner.query(PROOF)
  let consumed: Record<Service, Row[]> = {} as never
  let turns = 0
  const query = async <T extends object>(text: string, values: unknown[] = []): Promise<T[]> =>
    (await db.owner.query(text, values)).rows as T[]

  /** Handles the events that are due. @throws an error, unless another connection may cause it. */
  const handle = async (service: Service, isAlone: boolean): Promise<number> => {
    const handled = await app(service, turns++)
      .inbox.processBatch()
      .catch((error) => {
        if (isAlone) throw error
        return 0
      })
    if (handled >= 0) return handled
    // A batch that fails is handled again, one event at a time: only then the error is stored.
    const [failed] = await query(`
      select event, payload, error from ${service}.inbox where error is not null`)
    if (failed) throw new Error(`${service} failed: ${JSON.stringify(failed)}`)
    return handle(service, isAlone)
  }

  const choose = async (service: Service, pick: number): Promise<Row | undefined> => {
    const rows = await query<Row>(waiting(service))
    return rows[pick % Math.max(1, rows.length)]
  }

  /** Delivers one event that waits, or all of them in a batch. */
  const deliver = async (service: Service, pick: number | 'all', isAlone = true) => {
    const rows = await query<Row>(waiting(service))
    const chosen = pick === 'all' ? rows : rows.slice(pick % rows.length || 0).slice(0, 1)
    if (chosen.length === 0) return
    await query(setDue(service), [pick === 'all' ? null : chosen[0]?.id])
    const handled = await handle(service, isAlone)
    consumed[service].push(...chosen.slice(0, handled))
  }

  /** Delivers an event to a process that dies before its commit. */
  const lose = async (service: Service, pick: number) => {
    const chosen = await choose(service, pick)
    if (!chosen) return
    await query('insert into proof.lost values ($1) on conflict do nothing', [service])
    await query(setDue(service), [chosen.id])
    const ended = await app(service, turns++)
      .inbox.processBatch()
      .catch(() => 'lost')
    await query('delete from proof.lost where service = $1', [service])
    return ended
  }

  /** Publishes an event again that was consumed before, with the pseudonyms of later erasures. */
  const repeat = async (service: Service, pick: number) => {
    const rows = consumed[service].filter(({ event }) => !event.startsWith('person.'))
    const row = rows[pick % Math.max(1, rows.length)]
    if (!row) return
    const erasures = await query<Erasure>(
      `select person, pseudonym,
              exists (select from ${service}.erased where pseudonym = erasure.pseudonym) as is_known
       from proof.erasures as erasure where service = $1 and id > $2 order by id`,
      [service, row.id],
    )
    const text = JSON.stringify(row.payload)
    const named = erasures.filter(({ person }) => text.includes(person))
    if (named.some(({ is_known }) => !is_known)) return
    const payload = named.reduce(
      (replaced, { person, pseudonym }) => replaced.replaceAll(person, pseudonym),
      text,
    )
    await query(`select ${service}.publish($1, $2)`, [row.event, payload])
  }

  const drainOnce = async (): Promise<number> => {
    let handled = 0
    for (const service of services) {
      await query(setDue(service), [null])
      for (let n = 1; n > 0; ) {
        n = await handle(service, true)
        handled += n
      }
    }
    return handled
  }

  const secondPasses = async (): Promise<number> => {
    let handled = 0
    for (const service of services) {
      await query(`update ${service}.inbox set try_at = now() - interval '1 second'`)
      while ((await handle(service, true)) > 0) handled++
    }
    return handled
  }

  const runJobs = async () => {
    const { database } = app('referrals', 0)
    await applyCredits(app('waitlist', 0).database)
    return (await awardBadges(database, rewards)) + (await grantDue(database, rewards))
  }

  /** Opens the gate, delivers everything, runs the jobs that catch up, and the second passes. */
  const drain = async () => {
    await gate(true)
    do {
      while ((await drainOnce()) + (await runJobs()) > 0);
    } while ((await secondPasses()) > 0)
  }

  /** Empties the database, except for the key of signals: replicas cache it. */
  const reset = async () => {
    await db.empty()
    await query(SIGNAL_KEYS)
    consumed = Object.fromEntries(services.map((service) => [service, []])) as never
  }
  await reset()
  return { deliver, lose, repeat, drain, reset, query }
}
export type Inboxes = Awaited<ReturnType<typeof openInboxes>>
