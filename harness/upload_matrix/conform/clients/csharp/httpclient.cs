// An image edit with .NET's HttpClient: MultipartFormDataContent.
using System;
using System.Diagnostics;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;

static class Edit
{
    static string Given(string name)
    {
        return Environment.GetEnvironmentVariable("UPLOAD_MATRIX_" + name) ?? "";
    }

    static void Without(string sentence)
    {
        Console.Error.WriteLine(sentence);
        Environment.Exit(77);
    }

    static Stream Piped(string path)
    {
        var start = new ProcessStartInfo("cat", "\"" + path.Replace("\"", "\\\"") + "\"");
        start.UseShellExecute = false;
        start.RedirectStandardOutput = true;
        return Process.Start(start).StandardOutput.BaseStream;
    }

    static void Add(MultipartFormDataContent form, string path, string name, string type)
    {
        var container = Given("CONTAINER");
        switch (container)
        {
            case "handle":
            case "":
                form.Add(new StreamContent(File.OpenRead(path)), Given("FIELD"));
                break;
            case "stream":
                form.Add(new StreamContent(Piped(path)), Given("FIELD"));
                break;
            case "buffer":
                form.Add(new ByteArrayContent(File.ReadAllBytes(path)), Given("FIELD"));
                break;
            case "told":
                var content = new StreamContent(File.OpenRead(path));
                content.Headers.ContentType = new MediaTypeHeaderValue(type);
                form.Add(content, Given("FIELD"), name);
                break;
            default:
                Without("MultipartFormDataContent takes streams and bytes, not a " + container);
                break;
        }
    }

    static int Main()
    {
        if (Given("TRIES") != "1")
            Without("HttpClient has no retries");
        var form = new MultipartFormDataContent();
        form.Add(new StringContent(Given("MODEL")), "model");
        form.Add(new StringContent(Given("PROMPT")), "prompt");
        var paths = Given("FILES").Split('\n');
        var types = Given("TYPES").Split('\n');
        for (var place = 0; place < paths.Length; place++)
        {
            var name = place == 0 ? Given("FILENAME") : Path.GetFileName(paths[place]);
            Add(form, paths[place], name, types[place]);
        }
        using (var client = new HttpClient())
        {
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Given("API_KEY"));
            try
            {
                client.PostAsync(Given("URL"), form).Result.EnsureSuccessStatusCode();
            }
            catch (AggregateException error)
            {
                Console.Error.WriteLine(error.GetBaseException().GetType().Name + ": " + error.GetBaseException().Message);
                return 1;
            }
        }
        return 0;
    }
}
