# Reads bodies with a request of Rack; the same JSON in and out as read_python.py.

require "json"
require "rack"
require "stringio"

def text(value)
  value&.dup&.force_encoding("UTF-8")&.scrub
end

def parts(name, value)
  case value
  when Hash
    if value[:tempfile]
      return [["file", name, text(value[:filename]), value[:type], [value[:tempfile].read].pack("m0")]]
    end
    value.flat_map { |key, inner| parts(name.nil? ? key : "#{name} → #{key}", inner) }
  when Array
    value.each_with_index.flat_map { |inner, index| parts("#{name} → #{index}", inner) }
  else
    [["field", name, nil, nil, [value.to_s].pack("m0")]]
  end
end

def read(each)
  body = each["body"].unpack1("m")
  environ = {
    "REQUEST_METHOD" => "POST", "CONTENT_TYPE" => each["type"], "CONTENT_LENGTH" => body.bytesize.to_s,
    "rack.input" => StringIO.new(body),
  }
  { "parts" => parts(nil, Rack::Request.new(environ).POST) }
rescue StandardError => error
  { "error" => error.class.name }
end

puts JSON.generate("Rack" => JSON.parse($stdin.read).to_h { |each| [each["notation"], read(each)] })
