'use strict'

exports.list = [1]
