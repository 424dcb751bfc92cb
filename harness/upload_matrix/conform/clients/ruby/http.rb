# An image edit with http.rb: HTTP::FormData.
require "http"
require_relative "_call"

without "http.rb 4 has no retries" if given("TRIES") != "1"

ways = {
  path: ->(path, _name, _type) { HTTP::FormData::File.new(path) },
  handle: ->(path, _name, _type) { HTTP::FormData::File.new(File.open(path, "rb")) },
  buffer: ->(path, _name, _type) { HTTP::FormData::File.new(StringIO.new(File.binread(path))) },
  told: ->(path, name, type) { HTTP::FormData::File.new(path, filename: name, content_type: type) },
}
form = form_of(uploads(ways, "HTTP::FormData::File takes a path or an IO with a size"))
answer = HTTP.headers(authorization).post(given("URL"), form: form)
abort "the server answered #{answer.code}" unless answer.status.success?
