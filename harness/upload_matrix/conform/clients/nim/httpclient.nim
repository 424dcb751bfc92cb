# An image edit with Nim's own std/httpclient: MultipartData.
import std/[httpclient, os, strutils]

proc given(name: string): string = getEnv("UPLOAD_MATRIX_" & name)

proc without(sentence: string) =
  stderr.writeLine(sentence)
  quit(77)

if given("TRIES") != "1":
  without("std/httpclient has no retries")

var form = newMultipartData({"model": given("MODEL"), "prompt": given("PROMPT")})
let container = given("CONTAINER")
let paths = given("FILES").splitLines
let types = given("TYPES").splitLines
for place, path in paths:
  let name = if place == 0: given("FILENAME") else: path.extractFilename
  case container
  of "path", "": form.addFiles({given("FIELD"): path})
  of "buffer": form.add(given("FIELD"), readFile(path))
  of "told": form.add(given("FIELD"), readFile(path), name, types[place], useStream = false)
  else: without("MultipartData takes a path or a string, not a " & container)

let client = newHttpClient(headers = newHttpHeaders({"Authorization": "Bearer " & given("API_KEY")}))
discard client.postContent(given("URL"), multipart = form)
