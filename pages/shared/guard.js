// What is typed reaches the server before anything leads away from its field. A field sends its text a moment after it has lost
// the focus, and a link sends the browser elsewhere at once: so a link waits until the server has answered.
const IDLE_ENOUGH = 1500 // milliseconds without a run, after which none is to come
const WAIT_MOST = 15000
const FIELD = 'input:not([type=file]):not([type=checkbox]):not([type=radio]):not([role=combobox]), textarea'

export default function ({ setTriggerValue }) {
  const there = window.simulatorGuard
  if (there) { there.tell = setTriggerValue; return }
  const guard = (window.simulatorGuard = { sent: false, tell: setTriggerValue })
  const app = document.querySelector('[data-testid="stApp"]')
  const running = () => app.dataset.testScriptState === 'running'
  let field = null // the one being typed in, and what the server knows of it
  let known = ''
  let ran = false // a run has begun since something was sent
  let again = false

  const typing = () => field !== null && document.activeElement === field && field.value !== known
  const send = () => { known = field.value; guard.sent = true; ran = false }
  const click = key => document.querySelector(`.st-key-${key} button:enabled`)?.click()

  document.addEventListener('focusin', event => {
    if (!event.target.matches?.(FIELD)) return
    field = event.target
    known = field.value
  }, true)
  document.addEventListener('focusout', event => { if (event.target === field && field.value !== known) send() }, true)
  document.addEventListener('keydown', event => {
    if (event.key === 'Enter' && event.target === field && field.value !== known && field.matches('input')) send()
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest?.(`${FIELD}, [role=combobox], [contenteditable], canvas`)) return
    const key = event.key.toLowerCase()
    const step = key === 'y' || (key === 'z' && event.shiftKey) ? 'study_redo' : key === 'z' ? 'study_undo' : null
    if (step) { event.preventDefault(); click(step) }
  }, true)
  // A drop zone calls itself of no meaning and has a name all the same: with one role or the other, screen readers know what it is.
  const mend = () => document.querySelectorAll('[data-testid="stFileUploaderDropzone"][role="presentation"]')
    .forEach(zone => zone.setAttribute('role', 'group'))
  let mending = 0
  new MutationObserver(() => { clearTimeout(mending); mending = setTimeout(mend, 100) }).observe(app, { childList: true, subtree: true })
  mend()
  new MutationObserver(() => {
    if (running()) ran = guard.sent
    else if (ran) { ran = false; guard.sent = false }
  }).observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] })

  // The server draws charts in the theme that it was told of, and is told of another one by a run of the script alone.
  const theme = () => getComputedStyle(app).colorScheme
  let told = theme()
  new MutationObserver(() => { if (theme() !== told) guard.tell('theme', (told = theme())) })
    .observe(app, { attributes: true, attributeFilter: ['class'] })

  const afterwards = act => {
    const began = performance.now()
    let busy = began
    const look = () => {
      const now = performance.now()
      if (running()) busy = now
      if (guard.sent && now - busy < IDLE_ENOUGH && now - began < WAIT_MOST) return setTimeout(look, 10)
      guard.sent = false
      act()
    }
    setTimeout(look, 10)
  }
  document.addEventListener('click', event => {
    const link = event.target.closest?.('a[data-testid="stPageLink-NavLink"]')
    if (again || !link) return
    if (typing()) field.blur()
    if (!guard.sent) return
    event.preventDefault()
    event.stopImmediatePropagation()
    afterwards(() => { again = true; link.click(); again = false })
  }, true)

  // Back, while something is typed: the browser returns to where that is, and the typed text is sent; it is then what Back takes back.
  let returning = false
  window.addEventListener('popstate', event => {
    if (returning || typing() || guard.sent) event.stopImmediatePropagation()
    if (returning) { returning = false; if (typing()) field.blur() } else if (typing()) { returning = true; history.go(1) }
  }, true)
  window.addEventListener('beforeunload', event => { if (typing() || guard.sent) event.preventDefault() })
}
