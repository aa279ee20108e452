// A message as text and as HTML that mail programs show as it is: no styles but on the elements.
import { escapeHtml } from '@vobee/shared/http/html'
import type { Block, Language, Message } from './message.ts'

const asText = (block: Block): string => {
  if (typeof block === 'string') return block
  if ('code' in block) return `    ${block.code}`
  return block.label === block.url ? block.url : `${block.label}:\n${block.url}`
}

/** Returns paragraphs separated by empty lines; each link is on its own line. */
export const textOf = ({ blocks, footer }: Message): string =>
  `${[...blocks.map(asText), '--', ...footer.map(asText)].join('\n\n')}\n`

const paragraph = (content: string) => `<p style="margin:0 0 16px">${content}</p>`

const button =
  'display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none'

const asHtml = (block: Block): string => {
  if (typeof block === 'string') return paragraph(escapeHtml(block))
  if ('code' in block)
    return paragraph(`<code style="font-size:18px">${escapeHtml(block.code)}</code>`)
  const look = block.plain ? 'overflow-wrap:anywhere' : button
  return paragraph(
    `<a href="${escapeHtml(block.url)}" style="${look}">${escapeHtml(block.label)}</a>`,
  )
}

const asFooter = (block: Block): string => {
  if (typeof block === 'string') return paragraph(escapeHtml(block))
  return 'url' in block
    ? paragraph(
        `<a href="${escapeHtml(block.url)}" style="color:#6b7280">${escapeHtml(block.label)}</a>`,
      )
    : asHtml(block)
}

export const htmlOf = ({ subject, blocks, footer }: Message, language: Language): string =>
  `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 sans-serif;color:#111827;background:#ffffff">
<div style="max-width:560px;margin:0 auto">
${blocks.map(asHtml).join('\n')}
<div style="margin-top:32px;font-size:13px;color:#6b7280">
${footer.map(asFooter).join('\n')}
</div>
</div>
</body>
</html>
`
