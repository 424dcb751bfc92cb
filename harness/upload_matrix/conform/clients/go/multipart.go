// An image edit as a Go program makes it: mime/multipart for the form, net/http for the call.
//
// The first argument says how a file's part is begun: create-form-file (which knows no type: where one is given, the
// header is written as it would), create-part (a header written by hand, as most answers on the web have it) or
// format-media-type (a header written by package mime).
package main

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func without(sentence string) {
	fmt.Fprintln(os.Stderr, sentence)
	os.Exit(77)
}

var escaped = strings.NewReplacer("\\", "\\\\", `"`, "\\\"")

// begin makes the part that a file is written to.
func begin(form *multipart.Writer, name, kind string) (io.Writer, error) {
	field := os.Getenv("UPLOAD_MATRIX_FIELD")
	header := textproto.MIMEHeader{}
	header.Set("Content-Type", kind)
	switch os.Args[1] {
	case "create-part":
		header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="%s"; filename="%s"`, field, name))
	case "format-media-type":
		value := mime.FormatMediaType("form-data", map[string]string{"name": field, "filename": name})
		header.Set("Content-Disposition", value)
	default:
		if os.Getenv("UPLOAD_MATRIX_CONTAINER") != "told" {
			return form.CreateFormFile(field, name)
		}
		value := fmt.Sprintf(`form-data; name="%s"; filename="%s"`, escaped.Replace(field), escaped.Replace(name))
		header.Set("Content-Disposition", value)
	}
	return form.CreatePart(header)
}

// write puts the fields and the files of the call into the form.
func write(form *multipart.Writer, open func(string) (io.Reader, error)) error {
	form.WriteField("model", os.Getenv("UPLOAD_MATRIX_MODEL"))
	form.WriteField("prompt", os.Getenv("UPLOAD_MATRIX_PROMPT"))
	kinds := strings.Split(os.Getenv("UPLOAD_MATRIX_TYPES"), "\n")
	for place, path := range strings.Split(os.Getenv("UPLOAD_MATRIX_FILES"), "\n") {
		name := filepath.Base(path)
		if place == 0 {
			name = os.Getenv("UPLOAD_MATRIX_FILENAME")
		}
		file, err := open(path)
		if err != nil {
			return err
		}
		part, err := begin(form, name, kinds[place])
		if err != nil {
			return err
		}
		if _, err := io.Copy(part, file); err != nil {
			return err
		}
	}
	return form.Close()
}

func openFile(path string) (io.Reader, error) { return os.Open(path) }

func readFile(path string) (io.Reader, error) {
	data, err := os.ReadFile(path)
	return bytes.NewReader(data), err
}

func main() {
	if os.Getenv("UPLOAD_MATRIX_TRIES") != "1" {
		without("net/http never sends a request again for an answer with status 500")
	}
	var body io.Reader
	var form *multipart.Writer
	switch container := os.Getenv("UPLOAD_MATRIX_CONTAINER"); container {
	case "stream": // The form is written while it is sent, and held nowhere.
		reader, writer := io.Pipe()
		body, form = reader, multipart.NewWriter(writer)
		go func() { writer.CloseWithError(write(form, openFile)) }()
	case "buffer", "handle", "told", "":
		open := openFile
		if container == "buffer" {
			open = readFile
		}
		buffer := &bytes.Buffer{}
		body, form = buffer, multipart.NewWriter(buffer)
		check(write(form, open))
	default:
		without("mime/multipart takes bytes from a reader, not " + container)
	}
	request, err := http.NewRequest("POST", os.Getenv("UPLOAD_MATRIX_URL"), body)
	check(err)
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+os.Getenv("UPLOAD_MATRIX_API_KEY"))
	answer, err := http.DefaultClient.Do(request)
	check(err)
	if answer.StatusCode != http.StatusOK {
		check(fmt.Errorf("the server answered %s", answer.Status))
	}
}
