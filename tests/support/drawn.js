// Runs in every page before its own scripts and tells when it has drawn all of itself: nothing that it asked of the server is open, no
// script runs, no part is still to come, and its thread has had nothing to do several times over, with no message or new element between.
(() => {
  const TIMES = 5
  const TO_COME = '[data-testid="stSkeleton"], [data-testid="stPlotlyChart"]:not(:has(.main-svg))'
  let asked = null // which question the times are counted for
  let times = 0
  let looking = false
  let open = false
  const stirred = () => { times = 0 }

  window.WebSocket = class extends window.WebSocket {
    constructor(...wanted) {
      super(...wanted)
      this.addEventListener('message', () => { open = false; stirred() })
      this.addEventListener('close', () => { open = false; stirred() })
    }
    send(message) { open = true; stirred(); super.send(message) }
  }
  new MutationObserver(stirred).observe(document, { childList: true, subtree: true })

  const calm = () => !open && document.querySelector('h1') && !document.querySelector(TO_COME)
    && document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'

  window.drawn = question => {
    if (question !== asked) { asked = question; stirred() }
    if (!calm()) stirred()
    else if (!looking) { looking = true; requestIdleCallback(() => { looking = false; times += 1 }) }
    return times >= TIMES
  }
})()
