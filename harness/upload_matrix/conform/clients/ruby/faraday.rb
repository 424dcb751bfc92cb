# An image edit with Faraday 1: its multipart and retry middleware.
require "date" # Faraday reads Retry-After with it, and does not load it.
require "faraday"
require_relative "_call"

# A FilePart wants a type; a name it can do without.
ways = {
  path: ->(path, _name, type) { Faraday::FilePart.new(path, type) },
  handle: ->(path, _name, _type) { File.open(path, "rb") },
  buffer: ->(path, _name, type) { Faraday::FilePart.new(StringIO.new(File.binread(path)), type) },
  told: ->(path, name, type) { Faraday::FilePart.new(File.open(path, "rb"), type, name) },
}
connection = Faraday.new do |faraday|
  faraday.request :retry, max: given("TRIES").to_i - 1, interval: 0, methods: [:post], retry_statuses: [500]
  faraday.request :multipart
  faraday.adapter :net_http
end
form = form_of(uploads(ways, "Faraday takes a FilePart of a path or of an IO with a size"))
answer = connection.post(given("URL"), form, authorization)
abort "the server answered #{answer.status}" unless answer.success?
