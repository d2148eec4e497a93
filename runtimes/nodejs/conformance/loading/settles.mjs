await new Promise(() => {})

export const handler = (request, response) => response.end()
