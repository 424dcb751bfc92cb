// Reads bodies with Go's mime/multipart, by net/http's ParseMultipartForm; the same JSON in and out as read_python.py.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"sort"
)

type asked struct {
	Notation string `json:"notation"`
	Type     string `json:"type"`
	Body     []byte `json:"body"`
}

type answer struct {
	Parts [][]any `json:"parts,omitempty"`
	Error string  `json:"error,omitempty"`
}

func read(each asked) answer {
	request, _ := http.NewRequest("POST", "/", bytes.NewReader(each.Body))
	request.Header.Set("Content-Type", each.Type)
	err := request.ParseMultipartForm(1 << 20)
	parts := [][]any{}
	if errors.Is(err, http.ErrNotMultipart) && len(request.PostForm) > 0 {
		err = nil
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	for name, values := range request.PostForm {
		for _, value := range values {
			parts = append(parts, []any{"field", name, nil, nil, []byte(value)})
		}
	}
	if request.MultipartForm != nil {
		for name, files := range request.MultipartForm.File {
			for _, file := range files {
				opened, _ := file.Open()
				data, _ := io.ReadAll(opened)
				parts = append(parts, []any{"file", name, file.Filename, file.Header.Get("Content-Type"), data})
			}
		}
	}
	sort.SliceStable(parts, func(i, j int) bool { return parts[i][1].(string) < parts[j][1].(string) })
	return answer{Parts: parts}
}

func main() {
	var all []asked
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		panic(err)
	}
	answers := map[string]answer{}
	for _, each := range all {
		answers[each.Notation] = read(each)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"Go": answers})
}
