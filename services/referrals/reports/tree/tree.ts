// Reading the tree below a member, depth first: each person is followed by the people that they
// referred. A page costs about as many short statements as it has referrals, wherever it begins.
import type { Queryable } from '@vobee/shared/data/database'
import { readBranches, readPath, type TreeReferral } from './branches.ts'

export type TreeRow = TreeReferral & { depth: number }

export type TreePage = {
  member: string
  /** Levels to show. */
  depth: number
  limit: number
  /** The last referral of the page before. */
  after: string | null
}

/** A member whose referrals are read next, from `after` on, and how deep they are. */
type Frame = { member: string; after: string | null; depth: number }

// Members without anything left above them are skipped.
const resume = async (db: Queryable, { member, depth, after }: TreePage) => {
  if (after === null) return [{ member, after, depth: 1 }]
  const steps = await readPath(db, member, after)
  if (!steps) return null
  const frames: Frame[] = steps.flatMap(({ id, referrer, isLast }, index) =>
    isLast ? [] : [{ member: referrer, after: id, depth: index + 1 }],
  )
  const last = steps.at(-1)
  if (last?.isLive && steps.length < depth && last.referred !== member)
    frames.push({ member: last.referred, after: null, depth: steps.length + 1 })
  return frames
}

/**
 * Returns at most `limit` referrals below a member; null if `after` is not below. A loop of referrals
 * would lead back to the member, because nobody else in it has two referrers: it ends there.
 */
export const readTree = async (db: Queryable, page: TreePage): Promise<TreeRow[] | null> => {
  const frames = await resume(db, page)
  if (!frames) return null
  const rows: TreeRow[] = []
  for (let frame = frames.at(-1); frame && rows.length < page.limit; frame = frames.at(-1)) {
    const wanted = page.limit - rows.length
    const branches = await readBranches(db, frame, wanted)
    const isInner = ({ hasReferrals, userId }: (typeof branches)[number]) =>
      hasReferrals && userId !== page.member && (frame?.depth ?? 0) < page.depth
    const inner = branches.findIndex(isInner)
    const read = inner < 0 ? branches : branches.slice(0, inner + 1)
    for (const { hasReferrals: _, ...referral } of read)
      rows.push({ ...referral, depth: frame.depth })
    frame.after = read.at(-1)?.referralId ?? frame.after
    if (inner < 0 && branches.length < wanted) frames.pop()
    if (inner >= 0) {
      const { userId } = branches[inner] as TreeReferral
      frames.push({ member: userId, after: null, depth: frame.depth + 1 })
    }
  }
  return rows
}
