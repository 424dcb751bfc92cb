// An image edit with resty, which names a type for every file and has retries of its own.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/go-resty/resty"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func main() {
	tries, err := strconv.Atoi(os.Getenv("UPLOAD_MATRIX_TRIES"))
	check(err)
	client := resty.New().SetRetryCount(tries - 1).AddRetryCondition(func(answer *resty.Response, err error) bool {
		return err != nil || answer.StatusCode() >= 500
	})
	request := client.R().
		SetAuthToken(os.Getenv("UPLOAD_MATRIX_API_KEY")).
		SetFormData(map[string]string{
			"model":  os.Getenv("UPLOAD_MATRIX_MODEL"),
			"prompt": os.Getenv("UPLOAD_MATRIX_PROMPT"),
		})
	field, kinds := os.Getenv("UPLOAD_MATRIX_FIELD"), strings.Split(os.Getenv("UPLOAD_MATRIX_TYPES"), "\n")
	for place, path := range strings.Split(os.Getenv("UPLOAD_MATRIX_FILES"), "\n") {
		name := filepath.Base(path)
		if place == 0 {
			name = os.Getenv("UPLOAD_MATRIX_FILENAME")
		}
		switch container := os.Getenv("UPLOAD_MATRIX_CONTAINER"); container {
		case "path", "":
			request.SetFile(field, path)
		case "handle":
			file, err := os.Open(path)
			check(err)
			request.SetFileReader(field, name, file)
		case "stream":
			reader, writer := io.Pipe()
			go copyFile(writer, path)
			request.SetFileReader(field, name, reader)
		case "buffer":
			data, err := os.ReadFile(path)
			check(err)
			request.SetFileReader(field, name, bytes.NewReader(data))
		case "told":
			file, err := os.Open(path)
			check(err)
			request.SetMultipartField(field, name, kinds[place], file)
		default:
			fmt.Fprintln(os.Stderr, "resty takes a path or a reader, not "+container)
			os.Exit(77)
		}
	}
	answer, err := request.Post(os.Getenv("UPLOAD_MATRIX_URL"))
	check(err)
	if answer.IsError() {
		check(fmt.Errorf("the server answered %s", answer.Status()))
	}
}

func copyFile(writer *io.PipeWriter, path string) {
	file, err := os.Open(path)
	if err == nil {
		_, err = io.Copy(writer, file)
	}
	writer.CloseWithError(err)
}
