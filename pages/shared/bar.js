// Copies the address, which holds the study; and on a phone opens and folds the bar.
export default function ({ parentElement }) {
  if (parentElement.querySelector('button')) return
  const button = (text, label, act) => {
    const made = document.createElement('button')
    made.type = 'button'
    made.textContent = text
    if (label) made.setAttribute('aria-label', label)
    made.addEventListener('click', () => act(made))
    parentElement.appendChild(made)
    return made
  }
  const copy = async made => {
    try {
      await navigator.clipboard.writeText(location.href)
      made.textContent = 'Copied'
    } catch {
      made.textContent = 'Copy it from the address bar'
    }
    setTimeout(() => { made.textContent = 'Copy link' }, 2000)
  }
  button('Copy link', '', copy)
  const fold = button('⋯', 'More of the study', made => {
    const open = document.body.dataset.bar === 'open'
    document.body.dataset.bar = open ? '' : 'open'
    made.setAttribute('aria-expanded', String(!open))
  })
  fold.className = 'fold'
  fold.setAttribute('aria-expanded', String(document.body.dataset.bar === 'open'))
}
