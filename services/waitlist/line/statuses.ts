export const statuses = ['pending', 'waiting', 'invited', 'redeemed', 'removed'] as const
export type Status = (typeof statuses)[number]
