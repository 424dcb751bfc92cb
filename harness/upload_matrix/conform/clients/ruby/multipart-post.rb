# An image edit with the gem multipart-post, on net/http.
require "net/http/post/multipart"
require_relative "_call"

without "net/http never sends a POST again for an answer with status 500" if given("TRIES") != "1"

# UploadIO wants a type; a name it can do without.
ways = {
  path: ->(path, _name, type) { UploadIO.new(path, type) },
  handle: ->(path, _name, type) { UploadIO.new(File.open(path, "rb"), type) },
  buffer: ->(path, _name, type) { UploadIO.new(StringIO.new(File.binread(path)), type) },
  told: ->(path, name, type) { UploadIO.new(File.open(path, "rb"), type, name) },
}
form = form_of(uploads(ways, "UploadIO takes a path or an IO with a size"))
url = URI(given("URL"))
request = Net::HTTP::Post::Multipart.new(url.path, form, authorization)
Net::HTTP.start(url.host, url.port) { |http| http.request(request) }.value
