// An image edit with Spring's RestTemplate: a map of many values, and a Resource for each file.
import java.io.IOException;
import java.nio.file.Files;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.InputStreamResource;
import org.springframework.http.HttpEntity;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.client.RestTemplate;

public final class RestTemplateEdit {
    private static Object part(Call.Upload upload) throws IOException {
        String container = Call.given("CONTAINER");
        switch (container) {
            case "path", "":
                return new FileSystemResource(upload.path().toFile());
            case "stream":
                return new InputStreamResource(Call.piped(upload.path()));
            case "buffer":
                return new ByteArrayResource(Files.readAllBytes(upload.path()));
            case "told":
                HttpHeaders headers = new HttpHeaders();
                headers.setContentType(MediaType.parseMediaType(upload.type()));
                return new HttpEntity<>(new ByteArrayResource(Files.readAllBytes(upload.path())) {
                    @Override
                    public String getFilename() {
                        return upload.name();
                    }
                }, headers);
            default:
                Call.without("RestTemplate takes a Resource of a file, a stream or bytes, not a " + container);
                return null;
        }
    }

    public static void main(String[] arguments) throws IOException {
        if (!Call.given("TRIES").equals("1")) {
            Call.without("RestTemplate has no retries; spring-retry is another library");
        }
        MultiValueMap<String, Object> form = new LinkedMultiValueMap<>();
        form.add("model", Call.given("MODEL"));
        form.add("prompt", Call.given("PROMPT"));
        for (Call.Upload upload : Call.uploads()) {
            form.add(Call.given("FIELD"), part(upload));
        }
        HttpHeaders headers = new HttpHeaders();
        headers.set("Authorization", "Bearer " + Call.given("API_KEY"));
        headers.setContentType(MediaType.MULTIPART_FORM_DATA);
        new RestTemplate().postForEntity(Call.given("URL"), new HttpEntity<>(form, headers), String.class);
    }
}
