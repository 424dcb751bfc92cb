# The call to make, as the environment has it.

def given(name)
  ENV.fetch("UPLOAD_MATRIX_#{name}")
end

def without(sentence)
  warn sentence
  exit 77
end

# The container's way, called for each file with path, name and type; `sentence` tells what a client takes.
def uploads(ways, sentence)
  container = given("CONTAINER")
  way = container.empty? ? ways.values.first : ways[container.to_sym]
  without "#{sentence}, not a #{container}" unless way
  paths = given("FILES").split("\n")
  names = [given("FILENAME"), *paths.drop(1).map { |path| File.basename(path) }]
  paths.zip(names, given("TYPES").split("\n")).map { |path, name, type| way.call(path, name, type) }
end

# A form as a hash: a list where there are several files.
def form_of(files)
  {
    "model" => given("MODEL"),
    "prompt" => given("PROMPT"),
    given("FIELD") => files.one? ? files.first : files,
  }
end

def authorization
  { "Authorization" => "Bearer #{given("API_KEY")}" }
end
