# An image edit with the gem httpclient.
require "httpclient"
require "rack"
require "tempfile"
require_relative "_call"

without "httpclient never sends a POST again for an answer with status 500" if given("TRIES") != "1"

ways = {
  handle: ->(path, _name, _type) { File.open(path, "rb") },
  stream: ->(path, _name, _type) { IO.popen(["cat", path], "rb") },
  buffer: ->(path, _name, _type) { StringIO.new(File.binread(path)) },
  # What a Rack application is handed of an upload, and hands on.
  file: ->(path, name, type) { Rack::Multipart::UploadedFile.new(path, type, filename: name) },
}
files = uploads(ways, "httpclient takes what can be read").map { |file| [given("FIELD"), file] }
form = [["model", given("MODEL")], ["prompt", given("PROMPT")], *files]
headers = authorization.merge("Content-Type" => "multipart/form-data")
answer = HTTPClient.post(given("URL"), body: form, header: headers)
abort "the server answered #{answer.status}" unless answer.ok?
