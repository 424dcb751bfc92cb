// An image edit with Java's own java.net.http, which has no forms: each part is written by hand.
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

public final class JavaNetHttp {
    private static final String BOUNDARY = UUID.randomUUID().toString();

    private static BodyPublisher text(String text) {
        return BodyPublishers.ofString(text);
    }

    private static String field(String name, String value) {
        return "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n".formatted(BOUNDARY, name, value);
    }

    private static String head(Call.Upload upload) {
        return "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n"
            .formatted(BOUNDARY, Call.given("FIELD"), upload.name(), upload.type());
    }

    private static BodyPublisher content(Call.Upload upload) throws IOException {
        String container = Call.given("CONTAINER");
        switch (container) {
            case "path", "":
                return BodyPublishers.ofFile(upload.path());
            case "buffer":
                return BodyPublishers.ofByteArray(Files.readAllBytes(upload.path()));
            case "stream":
                return BodyPublishers.ofInputStream(() -> {
                    try {
                        return Call.piped(upload.path());
                    } catch (IOException error) {
                        throw new UncheckedIOException(error);
                    }
                });
            default:
                Call.without("BodyPublishers take a path, bytes or a stream, not a " + container);
                return null;
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (!Call.given("TRIES").equals("1")) {
            Call.without("java.net.http never sends a request again for an answer with status 500");
        }
        List<BodyPublisher> body = new ArrayList<>();
        body.add(text(field("model", Call.given("MODEL")) + field("prompt", Call.given("PROMPT"))));
        for (Call.Upload upload : Call.uploads()) {
            body.add(text(head(upload)));
            body.add(content(upload));
            body.add(text("\r\n"));
        }
        body.add(text("--" + BOUNDARY + "--\r\n"));
        HttpRequest request = HttpRequest.newBuilder(URI.create(Call.given("URL")))
            .header("Authorization", "Bearer " + Call.given("API_KEY"))
            .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
            .POST(BodyPublishers.concat(body.toArray(BodyPublisher[]::new)))
            .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        Call.expectSuccess(answer.statusCode());
    }
}
