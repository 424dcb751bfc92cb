/* An image edit with libcurl: its MIME API. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *given(const char *name) {
    char variable[64];
    snprintf(variable, sizeof variable, "UPLOAD_MATRIX_%s", name);
    return getenv(variable);
}

static void without(const char *sentence) {
    fprintf(stderr, "%s\n", sentence);
    exit(77);
}

static size_t read_file(char *buffer, size_t size, size_t items, void *file) {
    return fread(buffer, size, items, file);
}

static int seek_file(void *file, curl_off_t offset, int origin) {
    return fseek(file, (long)offset, origin) == 0 ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_CANTSEEK;
}

static void close_file(void *file) { fclose(file); }

static void close_pipe(void *pipe) { pclose(pipe); }

static void fill(curl_mimepart *part, const char *path, const char *name, const char *type) {
    const char *container = given("CONTAINER");
    if (strcmp(container, "path") == 0 || strcmp(container, "") == 0) {
        curl_mime_filedata(part, path);
    } else if (strcmp(container, "told") == 0) {
        curl_mime_filedata(part, path);
        curl_mime_filename(part, name);
        curl_mime_type(part, type);
    } else if (strcmp(container, "handle") == 0) {
        struct stat is;
        stat(path, &is);
        curl_mime_data_cb(part, is.st_size, read_file, seek_file, close_file, fopen(path, "rb"));
    } else if (strcmp(container, "stream") == 0) {
        char command[4096];
        snprintf(command, sizeof command, "cat '%s'", path);
        curl_mime_data_cb(part, -1, read_file, NULL, close_pipe, popen(command, "r"));
    } else if (strcmp(container, "buffer") == 0) {
        struct stat is;
        stat(path, &is);
        char *bytes = malloc(is.st_size + 1);
        FILE *file = fopen(path, "rb");
        curl_mime_data(part, bytes, fread(bytes, 1, is.st_size, file));
        fclose(file);
        free(bytes);
    } else {
        without("libcurl takes a path, bytes or callbacks, and has no such container");
    }
}

static void add_text(curl_mime *form, const char *name, const char *value) {
    curl_mimepart *part = curl_mime_addpart(form);
    curl_mime_name(part, name);
    curl_mime_data(part, value, CURL_ZERO_TERMINATED);
}

static void add_files(curl_mime *form) {
    char *next_path, *next_type;
    char *path = strtok_r(strdup(given("FILES")), "\n", &next_path);
    char *type = strtok_r(strdup(given("TYPES")), "\n", &next_type);
    const char *name = given("FILENAME");
    while (path != NULL) {
        curl_mimepart *part = curl_mime_addpart(form);
        curl_mime_name(part, given("FIELD"));
        fill(part, path, name, type);
        path = strtok_r(NULL, "\n", &next_path);
        type = strtok_r(NULL, "\n", &next_type);
        name = path ? strrchr(path, '/') + 1 : NULL;
    }
}

int main(void) {
    if (strcmp(given("TRIES"), "1") != 0)
        without("libcurl has no retries");
    char error[CURL_ERROR_SIZE] = "", authorization[256];
    snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", given("API_KEY"));
    CURL *curl = curl_easy_init();
    curl_mime *form = curl_mime_init(curl);
    add_text(form, "model", given("MODEL"));
    add_text(form, "prompt", given("PROMPT"));
    add_files(form);
    curl_easy_setopt(curl, CURLOPT_URL, given("URL"));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, curl_slist_append(NULL, authorization));
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, form);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    if (curl_easy_perform(curl) != CURLE_OK) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    return 0;
}
