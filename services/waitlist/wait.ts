// The estimated wait of a position, as long as no releases have been measured.

const table = [
  { upTo: 50, says: '1-2 days' },
  { upTo: 200, says: '1 week' },
  { upTo: 500, says: '2-3 weeks' },
  { upTo: 1000, says: '1 month' },
]

export const estimatedWait = (position: number): string =>
  table.find((row) => position <= row.upTo)?.says ?? '4-6 weeks'
