;; An image edit with clj-http, on Apache HttpClient.
(require '[clj-http.client :as client]
         '[clojure.java.io :as io]
         '[clojure.string :as string])

(defn given [name] (System/getenv (str "UPLOAD_MATRIX_" name)))

(defn without [sentence]
  (binding [*out* *err*] (println sentence))
  (System/exit 77))

(defn whole [path] (java.nio.file.Files/readAllBytes (.toPath (io/file path))))

;; Of a stream or of bytes :name is the filename, too; :part-name is then the field.
(defn upload [path name type]
  (let [container (given "CONTAINER")
        field (given "FIELD")]
    (case container
      ("path" "") {:name field :content (io/file path)}
      "stream" {:name field :content (.getInputStream (.start (ProcessBuilder. ["cat" path])))}
      "buffer" {:name field :content (whole path)}
      "told" {:part-name field :name name :mime-type type :encoding "UTF-8" :content (io/file path)}
      (without (str "clj-http takes a File, a stream or bytes, not a " container)))))

(when (not= (given "TRIES") "1")
  (without "clj-http never sends a request again for an answer with status 500"))

(let [paths (string/split-lines (given "FILES"))
      names (cons (given "FILENAME") (map #(.getName (io/file %)) (rest paths)))]
  (client/post (given "URL")
               {:headers {"Authorization" (str "Bearer " (given "API_KEY"))}
                :multipart (concat [{:name "model" :content (given "MODEL")}
                                    {:name "prompt" :content (given "PROMPT") :encoding "UTF-8"}]
                                   (map upload paths names (string/split-lines (given "TYPES"))))}))
(System/exit 0)
