// Two buttons at every chart: its figures as a table for a spreadsheet, and the chart as a picture for a slide.
const CHART = '[data-testid="stPlotlyChart"]'
const ICONS = {
  table: '<path d="M3 4h14v12H3ZM3 8h14M3 12h14M8 8v8"/>',
  picture: '<path d="M3 4h14v12H3ZM3 14l4-4 3 3 4-5 3 3"/>',
  done: '<path d="M4 10l4 4 8-8"/>',
}
const SCALE = 2
const TITLE_PIXELS = 36
const SAID = 2000 // milliseconds

const icon = name => `<svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">${ICONS[name]}</svg>`
const plain = text => new DOMParser().parseFromString(String(text ?? ''), 'text/html').body.textContent
const later = (base, length) => typeof base === 'number' ? base + length : new Date(+new Date(base) + length).toISOString()

// Columns of a trace: [name, values], beside the values that they stand at; null where it draws nothing that is counted.
function columns (trace) {
  const lying = trace.orientation === 'h'
  const [at, amounts] = (lying ? [trace.y, trace.x] : [trace.x, trace.y]).map(each => Array.from(each ?? []))
  const name = plain(trace.name)
  if (trace.fill === 'toself') {
    const half = at.length / 2
    return { at: at.slice(0, half), of: [[`${name}, low`, amounts.slice(half).reverse()], [`${name}, high`, amounts.slice(0, half)]] }
  }
  if (trace.hoverinfo === 'skip') return null
  if (trace.base !== undefined) {
    const base = Array.from(trace.base)
    return { at, of: [[`${name}, from`, base], [`${name}, to`, base.map((start, place) => later(start, amounts[place]))]] }
  }
  return { at, of: [[name, amounts]] }
}

function tableOf (plot) {
  const heads = [], rows = new Map()
  for (const trace of plot._fullData) {
    const found = columns(trace)
    for (const [head, values] of found?.of ?? []) {
      if (!heads.includes(head)) heads.push(head)
      found.at.forEach((where, place) => {
        const row = rows.get(String(where)) ?? rows.set(String(where), {}).get(String(where))
        row[head] = values[place]
      })
    }
  }
  const lying = plot._fullData[0]?.orientation === 'h'
  const axis = plot._fullLayout[lying ? 'yaxis' : 'xaxis']?.title?.text
  const first = axis && !/^Click to enter/.test(axis) ? plain(axis) : ''
  const dated = [...rows.keys()].every(where => /^\d{4}-\d{2}/.test(where))
  const lines = (dated ? [...rows].sort(([one], [other]) => one < other ? -1 : 1) : [...rows]).map(([where, row]) => [plain(where), ...heads.map(head => row[head] ?? '')])
  return [[first, ...heads], ...lines].map(line => line.map(cell => String(cell).replace(/[\t\n]/g, ' ')).join('\t')).join('\n')
}

// The page's typeface, as a rule that holds inside a picture too.
async function typeface () {
  for (const sheet of document.styleSheets) {
    for (const rule of [...sheet.cssRules].filter(each => each instanceof CSSFontFaceRule)) {
      if (!/Source Sans/.test(rule.style.fontFamily) || rule.style.fontStyle === 'italic') continue
      const address = /url\("?([^")]+)/.exec(rule.style.src)?.[1]
      const file = await (await fetch(new URL(address, sheet.href ?? document.baseURI))).blob()
      const read = new FileReader()
      const data = await new Promise(resolve => { read.onload = () => resolve(read.result); read.readAsDataURL(file) })
      return `@font-face{font-family:"Source Sans";font-weight:100 900;src:url(${data})}`
    }
  }
  return ''
}

async function pictureOf (plot, title) {
  const { width, height } = plot.getBoundingClientRect()
  const page = getComputedStyle(document.querySelector('[data-testid="stApp"]'))
  const parts = [...plot.querySelectorAll('svg.main-svg')].map(each => new XMLSerializer().serializeToString(each))
  const text = document.createElement('text')
  text.textContent = title
  const whole = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + TITLE_PIXELS}">
    <style>${await typeface()} text{font-family:"Source Sans",sans-serif} .title{font-size:${Math.min(15, 1.9 * width / title.length)}px;font-weight:600}</style>
    <rect width="100%" height="100%" fill="${page.backgroundColor}"/>
    <text x="12" y="24" class="title" fill="${page.color}">${text.innerHTML}</text>
    <g transform="translate(0 ${TITLE_PIXELS})">${parts.join('')}</g></svg>`
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(whole.replace(/url\((?:&quot;|"|')?[^#)]*#([^)"'&]+)(?:&quot;|"|')?\)/g, 'url(#$1)'))}`
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = width * SCALE
  canvas.height = (height + TITLE_PIXELS) * SCALE
  const pen = canvas.getContext('2d')
  pen.scale(SCALE, SCALE)
  pen.drawImage(image, 0, 0)
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'))
}

// Where the browser lets nothing onto its clipboard the same comes as a file.
async function give (kind, content, title) {
  try {
    await navigator.clipboard.write([new ClipboardItem({ [kind]: content })])
    return 'Copied'
  } catch {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await content)
    link.download = `${title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60)}.${kind === 'image/png' ? 'png' : 'tsv'}`
    link.click()
    return 'Saved'
  }
}

const DEEDS = {
  table: ['Copy as a table', 'text/plain', plot => Promise.resolve(new Blob([tableOf(plot)], { type: 'text/plain' }))],
  picture: ['Copy as a picture', 'image/png', pictureOf],
}

function button (chart, name) {
  const [label, kind, make] = DEEDS[name]
  const made = document.createElement('button')
  const say = (words, shown) => { made.innerHTML = icon(shown); made.title = words; made.setAttribute('aria-label', words) }
  made.type = 'button'
  say(label, name)
  made.onclick = async event => {
    event.stopPropagation()
    const title = chart.getAttribute('aria-label') ?? 'Chart'
    say(await give(kind, make(chart.querySelector('.js-plotly-plot'), title), title), 'done')
    setTimeout(() => say(label, name), SAID)
  }
  return made
}

function add () {
  for (const chart of document.querySelectorAll(CHART)) {
    if (chart.parentElement.querySelector(':scope > .copy-chart')) continue
    const both = document.createElement('div')
    both.className = 'copy-chart'
    both.append(button(chart, 'table'), button(chart, 'picture'))
    chart.after(both)
  }
}

export default function () {
  if (window.simulatorCopies) return
  window.simulatorCopies = true
  let adding = 0
  const app = document.querySelector('[data-testid="stApp"]')
  new MutationObserver(() => { clearTimeout(adding); adding = setTimeout(add, 100) }).observe(app, { childList: true, subtree: true })
  add()
}
