# An image edit with rest-client.
require "rest-client"
require "rack"
require "tempfile"
require_relative "_call"

without "rest-client has no retries" if given("TRIES") != "1"

ways = {
  handle: ->(path, _name, _type) { File.open(path, "rb") },
  buffer: ->(path, _name, _type) { File.binread(path) },
  # What a Rack application is handed of an upload, and hands on.
  file: ->(path, name, type) { Rack::Multipart::UploadedFile.new(path, type, filename: name) },
}
form = form_of(uploads(ways, "rest-client takes what can be read and has a path"))
RestClient.post(given("URL"), { multipart: true, **form }, authorization)
