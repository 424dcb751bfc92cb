# An image edit with HTTParty.
require "httparty"
require "rack"
require "tempfile"
require_relative "_call"

without "HTTParty never sends a POST again for an answer with status 500" if given("TRIES") != "1"

ways = {
  handle: ->(path, _name, _type) { File.open(path) },
  buffer: ->(path, _name, _type) { StringIO.new(File.binread(path)) },
  # What a Rack application is handed of an upload, and hands on.
  file: ->(path, name, type) { Rack::Multipart::UploadedFile.new(path, type, filename: name) },
}
form = form_of(uploads(ways, "HTTParty takes what can be read and has a path"))
answer = HTTParty.post(given("URL"), headers: authorization, multipart: true, body: form)
abort "the server answered #{answer.code}" unless answer.success?
