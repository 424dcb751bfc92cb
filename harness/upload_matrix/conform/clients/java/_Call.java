// The call to make, as the environment has it.
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

final class Call {
    /** A file to send, with the name and the type to give. */
    record Upload(Path path, String name, String type) {}

    private Call() {}

    static String given(String name) {
        return System.getenv("UPLOAD_MATRIX_" + name);
    }

    static void without(String sentence) {
        System.err.println(sentence);
        System.exit(77);
    }

    static List<Upload> uploads() {
        List<Upload> uploads = new ArrayList<>();
        String[] types = given("TYPES").split("\n");
        for (String each : given("FILES").split("\n")) {
            Path path = Path.of(each);
            String name = uploads.isEmpty() ? given("FILENAME") : path.getFileName().toString();
            uploads.add(new Upload(path, name, types[uploads.size()]));
        }
        return uploads;
    }

    /** The file as it comes out of a pipe, which cannot be rewound. */
    static InputStream piped(Path path) throws IOException {
        return new ProcessBuilder("cat", path.toString()).start().getInputStream();
    }

    static void expectSuccess(int status) {
        if (status != 200) {
            throw new IllegalStateException("the server answered " + status);
        }
    }
}
