//! An image edit with reqwest: its blocking multipart form.
use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::path::Path;
use std::process::{self, Command, Stdio};

use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::Client;

fn given(name: &str) -> String {
    env::var(format!("UPLOAD_MATRIX_{name}")).expect(name)
}

fn without(sentence: &str) -> ! {
    eprintln!("{sentence}");
    process::exit(77)
}

fn part(path: &str, name: String, kind: &str) -> Result<Part, Box<dyn Error>> {
    Ok(match given("CONTAINER").as_str() {
        "path" | "" => Part::file(path)?,
        "handle" => Part::reader(File::open(path)?),
        "stream" => {
            let cat = Command::new("cat").arg(path).stdout(Stdio::piped()).spawn()?;
            Part::reader(cat.stdout.expect("it is piped"))
        }
        "buffer" => Part::bytes(fs::read(path)?),
        "told" => Part::bytes(fs::read(path)?).file_name(name).mime_str(kind)?,
        other => without(&format!("Part takes a path, a reader or bytes, not a {other}")),
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    if given("TRIES") != "1" {
        without("reqwest 0.11 never sends a request again for an answer with status 500");
    }
    let mut form = Form::new().text("model", given("MODEL")).text("prompt", given("PROMPT"));
    let kinds = given("TYPES");
    for (place, (path, kind)) in given("FILES").lines().zip(kinds.lines()).enumerate() {
        let own = Path::new(path).file_name().expect("it is a file").to_string_lossy().into_owned();
        let name = if place == 0 { given("FILENAME") } else { own };
        form = form.part(given("FIELD"), part(path, name, kind)?);
    }
    Client::new()
        .post(given("URL"))
        .bearer_auth(given("API_KEY"))
        .multipart(form)
        .send()?
        .error_for_status()?;
    Ok(())
}
