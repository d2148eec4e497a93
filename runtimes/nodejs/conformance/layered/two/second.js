module.exports = 'two'
