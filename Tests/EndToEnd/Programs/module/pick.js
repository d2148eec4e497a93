export const pick = (quotes, number) => quotes[number % quotes.length]
