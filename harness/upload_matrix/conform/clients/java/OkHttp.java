// An image edit with OkHttp: MultipartBody.
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import okhttp3.MediaType;
import okhttp3.MultipartBody;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import okio.Okio;

public final class OkHttp {
    /** A body from a stream, whose length nobody knows, after OkHttp's recipe for streaming. */
    private static RequestBody streaming(InputStream stream) {
        return new RequestBody() {
            @Override
            public MediaType contentType() {
                return null;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.writeAll(Okio.source(stream));
            }
        };
    }

    private static RequestBody body(Call.Upload upload) throws IOException {
        String container = Call.given("CONTAINER");
        switch (container) {
            case "path", "":
                return RequestBody.create(null, upload.path().toFile());
            case "buffer":
                return RequestBody.create(null, Files.readAllBytes(upload.path()));
            case "stream":
                return streaming(Call.piped(upload.path()));
            case "told":
                return RequestBody.create(MediaType.parse(upload.type()), upload.path().toFile());
            default:
                Call.without("RequestBody takes a File, bytes, or what is written to its sink, not a " + container);
                return null;
        }
    }

    public static void main(String[] arguments) throws IOException {
        if (!Call.given("TRIES").equals("1")) {
            Call.without("OkHttp never sends a request again for an answer with status 500");
        }
        MultipartBody.Builder form = new MultipartBody.Builder()
            .setType(MultipartBody.FORM)
            .addFormDataPart("model", Call.given("MODEL"))
            .addFormDataPart("prompt", Call.given("PROMPT"));
        for (Call.Upload upload : Call.uploads()) {
            form.addFormDataPart(Call.given("FIELD"), upload.name(), body(upload));
        }
        Request request = new Request.Builder()
            .url(Call.given("URL"))
            .header("Authorization", "Bearer " + Call.given("API_KEY"))
            .post(form.build())
            .build();
        try (Response answer = new OkHttpClient().newCall(request).execute()) {
            Call.expectSuccess(answer.code());
        }
        System.exit(0); // Its pool of connections would keep the program waiting.
    }
}
