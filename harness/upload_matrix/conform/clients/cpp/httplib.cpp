// An image edit with cpp-httplib: MultipartFormDataItems, and providers for what is read while it is sent.
#include <httplib.h>

#include <cstdio>

#include "_call.hpp"

static httplib::MultipartFormDataProvider streamed(const Upload &upload) {
    FILE *pipe = popen(("cat '" + upload.path + "'").c_str(), "r");
    auto provide = [pipe](size_t, httplib::DataSink &sink) {
        char buffer[16384];
        const size_t read = fread(buffer, 1, sizeof buffer, pipe);
        if (read > 0)
            return sink.write(buffer, read);
        pclose(pipe);
        sink.done();
        return true;
    };
    return {given("FIELD"), provide, "", ""};
}

int main() {
    if (given("TRIES") != "1")
        without("cpp-httplib has no retries");
    httplib::MultipartFormDataItems items = {
        {"model", given("MODEL"), "", ""},
        {"prompt", given("PROMPT"), "", ""},
    };
    httplib::MultipartFormDataProviderItems providers;
    const std::string container = given("CONTAINER");
    for (const Upload &upload : uploads()) {
        if (container == "buffer" || container.empty())
            items.push_back({given("FIELD"), read_whole(upload.path), "", ""});
        else if (container == "told")
            items.push_back({given("FIELD"), read_whole(upload.path), upload.name, upload.type});
        else if (container == "stream")
            providers.push_back(streamed(upload));
        else
            without("cpp-httplib takes strings and providers, not a " + container);
    }
    const std::string url = given("URL");
    const size_t path = url.find('/', url.find("//") + 2);
    httplib::Client client(url.substr(0, path));
    const httplib::Headers headers = {{"Authorization", "Bearer " + given("API_KEY")}};
    const auto answer = providers.empty() ? client.Post(url.substr(path), headers, items)
                                          : client.Post(url.substr(path), headers, items, providers);
    if (!answer || answer->status != 200) {
        std::cerr << "error: " << (answer ? std::to_string(answer->status) : httplib::to_string(answer.error())) << "\n";
        return 1;
    }
}
