/** A recall takes back codes of a grant, a block those of a person: referrals asks for both. */
export const revocationKinds = ['code', 'batch', 'tree', 'recall', 'block'] as const
export type RevocationKind = (typeof revocationKinds)[number]
