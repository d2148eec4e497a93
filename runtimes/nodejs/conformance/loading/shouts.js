'use strict'

throw new Error('€'.repeat(50_000))
