exports.handler = (request, response) => {
  const let = response.end()
}
exports.other = function ( {
