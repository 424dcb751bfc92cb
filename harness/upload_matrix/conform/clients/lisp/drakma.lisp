;;; An image edit with Drakma, the HTTP client of Common Lisp.
(require :asdf)
;; What is said of other systems while it is loaded is no word of the call.
(let ((*error-output* (make-broadcast-stream)))
  (asdf:load-system :drakma))

(defun given (name)
  (sb-posix:getenv (concatenate 'string "UPLOAD_MATRIX_" name)))

(defun without (sentence)
  (format *error-output* "~A~%" sentence)
  (sb-ext:exit :code 77 :abort t))

(defun lines (text)
  (uiop:split-string text :separator '(#\Newline)))

(defun octets (path)
  (with-open-file (file path :element-type '(unsigned-byte 8))
    (let ((octets (make-array (file-length file) :element-type '(unsigned-byte 8))))
      (read-sequence octets file)
      octets)))

(defun upload (path name type)
  (let ((container (given "CONTAINER"))
        (file (sb-ext:parse-native-namestring path)))
    (cond ((member container '("path" "") :test #'string=) file)
          ((string= container "handle") (open file :element-type '(unsigned-byte 8)))
          ((string= container "stream")
           (sb-ext:process-output
            (sb-ext:run-program "/bin/cat" (list path) :output :stream :wait nil :external-format :latin-1)))
          ((string= container "buffer")
           (let ((octets (octets file)))
             (lambda (out) (write-sequence octets out))))
          ((string= container "told") (list file :filename name :content-type type))
          (t (without (format nil "Drakma takes a pathname, a stream or a function, not a ~A" container))))))

(defun fail (says)
  (format *error-output* "error: ~A~%" says)
  (sb-ext:exit :code 1 :abort t))

(unless (string= (given "TRIES") "1")
  (without "Drakma has no retries"))

(let* ((paths (lines (given "FILES")))
       (names (cons (given "FILENAME") (mapcar #'file-namestring (rest paths))))
       (files (mapcar #'upload paths names (lines (given "TYPES")))))
  (handler-case
      (let ((status (nth-value 1 (drakma:http-request
                                  (given "URL")
                                  :method :post
                                  :form-data t
                                  :external-format-out :utf-8
                                  :additional-headers `(("Authorization" . ,(format nil "Bearer ~A" (given "API_KEY"))))
                                  :parameters `(("model" . ,(given "MODEL"))
                                                ("prompt" . ,(given "PROMPT"))
                                                ,@(mapcar (lambda (file) (cons (given "FIELD") file)) files))))))
        (unless (= status 200)
          (fail status)))
    (error (raised)
      (fail raised))))
