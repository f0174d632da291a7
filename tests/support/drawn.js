// Runs in every page before its own scripts and tells when it has drawn all of itself: nothing that it asked of the server is open, no
// script runs, no part is still to come, and its thread has had nothing to do several times over, with no message or new element between.
(() => {
  const TIMES = 5
  const TO_COME = '[data-testid="stSkeleton"], [data-testid="stPlotlyChart"]:not(:has(.main-svg))'
  let asked = null // which question the times are counted for
  let times = 0
  let looking = false
  let sent = -Infinity // when the server was asked for something that it has not answered yet
  const ANSWERED_WITHIN = 10000 // milliseconds: some messages have no answer
  const IDLE_WITHIN = 1000 // on a machine that is busy with others
  const stirred = () => { times = 0 }

  window.WebSocket = class extends window.WebSocket {
    constructor(...wanted) {
      super(...wanted)
      this.addEventListener('message', () => { sent = -Infinity; stirred() })
      this.addEventListener('close', () => { sent = -Infinity; stirred() })
    }
    send(message) { sent = performance.now(); stirred(); super.send(message) }
  }
  new MutationObserver(stirred).observe(document, { childList: true, subtree: true })

  const calm = () => performance.now() > sent + ANSWERED_WITHIN && document.querySelector('h1') && !document.querySelector(TO_COME)
    && document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState === 'notRunning'

  window.drawn = question => {
    if (question !== asked) { asked = question; stirred() }
    if (!calm()) stirred()
    else if (!looking) { looking = true; requestIdleCallback(() => { looking = false; times += 1 }, { timeout: IDLE_WITHIN }) }
    return times >= TIMES
  }
})()
