'use strict'

const { createElement: h, Suspense, useId, useMemo } = require('react')

const stock = [{ name: 'Tea', cents: 350 }, { name: 'Milk & honey', cents: 120 }, { name: 'Cups', cents: 999 }]

/** Suspends whoever reads it until it has been fetched. */
function priceList () {
  let answer, fetched
  const coming = new Promise((resolve) => { fetched = resolve })
  return {
    read () {
      if (!answer) throw coming
      return answer
    },
    fetch () {
      answer = stock
      fetched()
    }
  }
}

function Prices ({ list }) {
  const items = list.read()
  const total = useMemo(() => items.reduce((sum, item) => sum + item.cents, 0), [items])
  return h('section', { id: 'prices' },
    h('ul', null, items.map((item) => h('li', { key: item.name }, `${item.name}: ${(item.cents / 100).toFixed(2)}`))),
    h('p', null, `Total ${(total / 100).toFixed(2)}`))
}

function Page ({ visitor, list }) {
  const field = useId()
  return h('html', { lang: 'en' },
    h('head', null, h('title', null, 'Storefront')),
    h('body', null,
      h('h1', { className: 'greeting' }, `Welcome, ${visitor}`),
      h('label', { htmlFor: field }, 'Search'), h('input', { id: field, defaultValue: visitor }),
      h(Suspense, { fallback: h('p', null, 'Fetching prices') }, h(Prices, { list }))))
}

module.exports = { Page, priceList }
