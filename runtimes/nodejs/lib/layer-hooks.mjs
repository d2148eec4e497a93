// Runs on Node's thread for module hooks.

let parents = []

/** @param layers for each layer the URL of a module at its top, which need not be there. */
export function initialize (layers) { parents = layers }

/** What the package does not have is looked for as if a module of each layer asked for it. */
export async function resolve (specifier, context, next) {
  try {
    return await next(specifier, context)
  } catch (error) {
    const isBare = !/^(\.{0,2}\/|[a-z]+:|#)/.test(specifier)
    if (!isBare || error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    for (const parentURL of parents) {
      try {
        return await next(specifier, { ...context, parentURL })
      } catch (missing) {
        if (missing.code !== 'ERR_MODULE_NOT_FOUND') throw missing
      }
    }
    throw error
  }
}
