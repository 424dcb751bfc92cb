# An image edit with Crystal's own HTTP::Client and HTTP::FormData.
require "http/client"

def given(name) : String
  ENV["UPLOAD_MATRIX_#{name}"]
end

def without(sentence)
  STDERR.puts sentence
  exit 77
end

def add(form, path, name, type)
  case container = given("CONTAINER")
  when "handle", ""
    File.open(path) { |file| form.file(given("FIELD"), file) }
  when "stream"
    Process.run("cat", {path}) { |cat| form.file(given("FIELD"), cat.output) }
  when "buffer"
    form.file(given("FIELD"), IO::Memory.new(File.read(path)))
  when "told"
    metadata = HTTP::FormData::FileMetadata.new(filename: name)
    File.open(path) { |file| form.file(given("FIELD"), file, metadata, HTTP::Headers{"Content-Type" => type}) }
  else
    without "HTTP::FormData takes an IO, not a #{container}"
  end
end

without "HTTP::Client has no retries" if given("TRIES") != "1"

body = IO::Memory.new
form = HTTP::FormData::Builder.new(body)
form.field("model", given("MODEL"))
form.field("prompt", given("PROMPT"))
types = given("TYPES").lines
given("FILES").lines.each_with_index do |path, place|
  add(form, path, place == 0 ? given("FILENAME") : File.basename(path), types[place])
end
form.finish
headers = HTTP::Headers{"Authorization" => "Bearer #{given("API_KEY")}", "Content-Type" => form.content_type}
answer = HTTP::Client.post(given("URL"), headers, body.to_slice)
abort "the server answered #{answer.status_code}" unless answer.success?
