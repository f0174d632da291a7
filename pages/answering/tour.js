// Five steps for a newcomer: offered once, begun by a click, ended at any time, and not offered again in this browser.
const SEEN = 'simulator_tour'
const STEPS = [
  ['.st-key-way_founder', 'Three ways in: three questions, a prospect, or a file of your own. Until then a worked sample is shown.'],
  ['h2', 'The answer in a sentence: which plan, by how much, how sure.'],
  ['.st-key-answer_candidates', 'A row for each candidate. A name opens its customers, down to the lines of their invoices.'],
  ['.st-key-flips', 'What would have to be otherwise for another plan to lead.'],
  ['.st-key-topbar', 'What is compared, on which usage: a click changes either. Undo takes back anything, and the link holds it all.'],
]
let seen = false
const remember = () => { seen = true; try { localStorage.setItem(SEEN, 'seen') } catch { /* it is offered again after a reload */ } }
const wasSeen = () => { try { return seen || localStorage.getItem(SEEN) !== null } catch { return seen } }

export default function ({ parentElement }) {
  const root = parentElement
  if (root.querySelector('.offer, .step') || wasSeen()) return
  const made = (tag, text, parent, act) => {
    const element = document.createElement(tag)
    element.textContent = text
    if (act) { element.type = 'button'; element.addEventListener('click', act) }
    parent.appendChild(element)
    return element
  }
  let marked = null
  const unmark = () => { if (marked) { marked.style.outline = ''; marked.style.outlineOffset = '' } marked = null }
  const end = () => { unmark(); remember(); root.querySelectorAll('.offer, .step').forEach(element => element.remove()) }
  const show = place => {
    unmark()
    root.querySelectorAll('.step').forEach(element => element.remove())
    if (place === STEPS.length) return end()
    const [selector, words] = STEPS[place]
    marked = document.querySelector(`[data-testid="stMain"] ${selector}`)
    if (marked) {
      marked.scrollIntoView({ block: 'center' })
      marked.style.outline = '3px solid #e0820f'
      marked.style.outlineOffset = '4px'
    }
    const card = document.createElement('div')
    card.className = 'step'
    card.setAttribute('role', 'dialog')
    card.setAttribute('aria-label', `Tour, step ${place + 1} of ${STEPS.length}`)
    card.addEventListener('keydown', event => { if (event.key === 'Escape') end() })
    made('p', words, card)
    const row = made('div', '', card)
    made('span', `${place + 1} of ${STEPS.length}`, row)
    if (place + 1 < STEPS.length) made('button', 'End the tour', row, end)
    const next = made('button', place + 1 < STEPS.length ? 'Next' : 'Done', row, () => show(place + 1))
    next.className = 'next'
    root.appendChild(card)
    next.focus({ preventScroll: true })
  }
  const offer = document.createElement('div')
  offer.className = 'offer'
  made('button', 'Take the tour', offer, () => { remember(); offer.remove(); show(0) })
  made('button', '✕', offer, end).setAttribute('aria-label', 'No tour')
  root.appendChild(offer)
  return unmark
}
