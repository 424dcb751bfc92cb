// An image edit with Apache HttpClient 4: MultipartEntityBuilder. An argument is the mode to build in.
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.apache.http.HttpResponse;
import org.apache.http.client.methods.CloseableHttpResponse;
import org.apache.http.client.methods.HttpPost;
import org.apache.http.entity.ContentType;
import org.apache.http.entity.mime.HttpMultipartMode;
import org.apache.http.entity.mime.MultipartEntityBuilder;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.DefaultServiceUnavailableRetryStrategy;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.protocol.HttpContext;

public final class ApacheHttpClient {
    /** The strategy that the library brings is for status 503 alone. */
    private static final class ForServerErrors extends DefaultServiceUnavailableRetryStrategy {
        private final int tries = Integer.parseInt(Call.given("TRIES"));

        @Override
        public boolean retryRequest(HttpResponse answer, int count, HttpContext context) {
            return count < tries && answer.getStatusLine().getStatusCode() >= 500;
        }
    }

    private static void add(MultipartEntityBuilder form, Call.Upload upload) throws IOException {
        String container = Call.given("CONTAINER");
        String field = Call.given("FIELD");
        switch (container) {
            case "path", "" -> form.addBinaryBody(field, upload.path().toFile());
            case "stream" -> form.addBinaryBody(field, Call.piped(upload.path()));
            case "buffer" -> form.addBinaryBody(field, Files.readAllBytes(upload.path()));
            case "told" -> form.addBinaryBody(
                field, upload.path().toFile(), ContentType.create(upload.type()), upload.name());
            default -> Call.without("MultipartEntityBuilder takes a File, a stream or bytes, not a " + container);
        }
    }

    public static void main(String[] arguments) throws IOException {
        MultipartEntityBuilder form = MultipartEntityBuilder.create();
        ContentType text = ContentType.DEFAULT_TEXT;
        if (arguments.length > 0) {
            form.setMode(HttpMultipartMode.valueOf(arguments[0])).setCharset(StandardCharsets.UTF_8);
            text = ContentType.create("text/plain", StandardCharsets.UTF_8);
        }
        form.addTextBody("model", Call.given("MODEL"), text).addTextBody("prompt", Call.given("PROMPT"), text);
        for (Call.Upload upload : Call.uploads()) {
            add(form, upload);
        }
        HttpPost request = new HttpPost(Call.given("URL"));
        request.setHeader("Authorization", "Bearer " + Call.given("API_KEY"));
        request.setEntity(form.build());
        try (CloseableHttpClient client =
                HttpClients.custom().setServiceUnavailableRetryStrategy(new ForServerErrors()).build();
            CloseableHttpResponse answer = client.execute(request)) {
            Call.expectSuccess(answer.getStatusLine().getStatusCode());
        }
    }
}
