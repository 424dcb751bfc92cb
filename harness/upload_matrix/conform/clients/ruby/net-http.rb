# An image edit with Ruby's own net/http: Net::HTTPHeader#set_form.
require "net/http"
require_relative "_call"

without "net/http never sends a POST again for an answer with status 500" if given("TRIES") != "1"

ways = {
  handle: ->(path, _name, _type) { [File.open(path, "rb")] },
  stream: ->(path, _name, _type) { [IO.popen(["cat", path], "rb")] },
  buffer: ->(path, _name, _type) { [File.binread(path)] },
  told: ->(path, name, type) { [File.open(path, "rb"), { filename: name, content_type: type }] },
}
files = uploads(ways, "set_form takes an IO or a string").map { |file| [given("FIELD"), *file] }
url = URI(given("URL"))
request = Net::HTTP::Post.new(url, authorization)
request.set_form([["model", given("MODEL")], ["prompt", given("PROMPT")], *files], "multipart/form-data")
Net::HTTP.start(url.host, url.port) { |http| http.request(request) }.value
