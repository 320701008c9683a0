//! `billing sandbox`, started, reached and stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::support::{command, fails, run, stderr};

/// A sandbox that runs; it ends with the test, however that ends.
struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    fn start(more: &[&str]) -> Self {
        let args = [
            &["sandbox", "--polar-port", "0", "--openmeter-port", "0"],
            more,
        ]
        .concat();
        let mut child = command(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// The object that is printed when it is ready.
    fn ready(&mut self) -> Value {
        let mut values = serde_json::Deserializer::from_reader(&mut self.stdout).into_iter();
        values.next().unwrap().unwrap()
    }

    /// Asks it to stop, and gives exit code and standard error.
    fn stop(mut self, signal: Signal) -> (Option<i32>, String) {
        let pid = i32::try_from(self.child.id()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
        let mut text = String::new();
        let mut pipe = self.child.stderr.take().unwrap();
        pipe.read_to_string(&mut text).unwrap();
        (self.child.wait().unwrap().code(), text)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a request or an answer: its head in lower case, and its body.
fn read_message(stream: &TcpStream) -> (Vec<String>, String) {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().unwrap();
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

/// Sends a request with a JSON body, and gives status line and answer.
fn send(root: &str, request: &str, token: &str, body: &Value) -> (String, Value) {
    let mut stream = TcpStream::connect(root.strip_prefix("http://").unwrap()).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let (head, body) = read_message(&stream);
    (head[0].clone(), serde_json::from_str(&body).unwrap())
}

#[test]
fn it_serves_both_apis_and_delivers_webhooks_that_verify() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("http://{}/webhooks/polar", receiver.local_addr().unwrap());
    let mut sandbox = Running::start(&["--webhook", &hook, "--format", "json"]);
    let ready = sandbox.ready();
    let text = |pointer: &str| ready.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let (polar, token) = (text("/polar/url"), text("/polar/accessToken"));
    let (openmeter, secret) = (text("/openmeter/url"), text("/webhookSecret"));
    assert!(token.starts_with("polar_oat_") && secret.starts_with("whsec_"));
    assert_eq!(ready["webhooks"], json!([hook]));
    assert_eq!(
        ready["environment"],
        json!({
            "POLAR_URL": polar,
            "POLAR_ACCESS_TOKEN": token,
            "OPENMETER_URL": openmeter,
            "BILLING_WEBHOOK_SECRET": secret
        })
    );

    let customer = json!({"email": "jane@example.com", "external_id": "user_1"});
    let (status, made) = send(&polar, "POST /v1/customers/", &token, &customer);
    assert_eq!(
        (status.as_str(), &made["external_id"]),
        ("HTTP/1.1 201 Created", &json!("user_1"))
    );
    let (status, _) = send(&polar, "POST /v1/customers/", "another", &customer);
    assert!(status.starts_with("HTTP/1.1 401"), "{status}");
    let (status, meters) = send(&openmeter, "GET /api/v1/meters", "", &Value::Null);
    assert_eq!((status.as_str(), meters), ("HTTP/1.1 200 OK", json!([])));

    let (mut stream, _) = receiver.accept().unwrap();
    let (head, body) = read_message(&stream);
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .unwrap();
    drop(stream);
    // The next delivery begins when this one is done and reported.
    let (stream, _) = receiver.accept().unwrap();
    let sent: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(sent["type"], "customer.created");

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("headers"), head.join("\n")).unwrap();
    std::fs::write(path("body"), &body).unwrap();
    let (headers, body) = (path("headers"), path("body"));
    let args = [
        "webhook",
        "verify",
        "--provider",
        "polar",
        "--headers",
        &headers,
        &body,
    ];
    let verified = command(&args)
        .env("BILLING_WEBHOOK_SECRET", &secret)
        .output()
        .unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));

    drop(stream);
    let (code, _) = sandbox.stop(Signal::SIGINT);
    assert_eq!(code, Some(0));
    assert!(TcpStream::connect(polar.strip_prefix("http://").unwrap()).is_err());
}

#[test]
fn every_delivery_is_a_line_on_standard_error() {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("http://{}/", receiver.local_addr().unwrap());
    let mut sandbox = Running::start(&["--webhook", &hook, "--format", "json"]);
    let ready = sandbox.ready();
    let polar = ready["polar"]["url"].as_str().unwrap();
    let token = ready["polar"]["accessToken"].as_str().unwrap();
    send(
        polar,
        "POST /v1/customers/",
        token,
        &json!({"email": "jane@example.com"}),
    );

    let mut lines = BufReader::new(sandbox.child.stderr.take().unwrap()).lines();
    let mut expected = Vec::new();
    for status in ["204 No Content", "500 Internal Server Error"] {
        let (mut stream, _) = receiver.accept().unwrap();
        let (_, body) = read_message(&stream);
        write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        expected.push((body["type"].as_str().unwrap().to_owned(), status));
    }
    let (kind, _) = &expected[0];
    let line = lines.next().unwrap().unwrap();
    assert!(line.starts_with(&format!("{kind}  ")), "{line}");
    assert!(line.ends_with(&format!(" -> {hook}  204")), "{line}");
    let (kind, _) = &expected[1];
    let line = lines.next().unwrap().unwrap();
    assert!(line.starts_with(&format!("{kind}  ")), "{line}");
    assert!(
        line.ends_with(&format!(" -> {hook}  500  attempt 1")),
        "{line}"
    );
}

#[test]
fn for_people_it_prints_lines_to_copy() {
    let mut sandbox =
        Running::start(&["--token", "polar_oat_mine", "--webhook-secret", "it's mine"]);
    let mut text = String::new();
    while !text.contains("stop:") {
        assert_ne!(sandbox.stdout.read_line(&mut text).unwrap(), 0, "{text}");
    }
    let url = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_ascii_whitespace().nth(1).unwrap().to_owned()
    };
    let polar = url("Polar ");
    for line in [
        &format!("export POLAR_URL={polar}"),
        "export POLAR_ACCESS_TOKEN=polar_oat_mine",
        &format!("export OPENMETER_URL={}", url("OpenMeter ")),
        "export BILLING_WEBHOOK_SECRET='it'\\''s mine'",
    ] {
        assert!(text.lines().any(|known| known == line), "{line} in {text}");
    }
    let (status, _) = send(&polar, "GET /v1/products/", "polar_oat_mine", &Value::Null);
    assert_eq!(status, "HTTP/1.1 200 OK");
    let advance = json!({"advance_seconds": 86_400});
    let (status, clock) = send(&polar, "POST /sandbox/clock", "", &advance);
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(clock["now"].is_string());
    assert_eq!(
        sandbox.stop(Signal::SIGTERM),
        (Some(0), "stopped\n".to_owned())
    );
}

#[test]
fn a_port_that_is_taken_is_named_with_the_option_to_change() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (option, other) in [
        ("--polar-port", "--openmeter-port"),
        ("--openmeter-port", "--polar-port"),
    ] {
        let output = run(&["sandbox", option, &port, other, "0"]);
        fails(
            &output,
            5,
            &format!(
                "cannot listen on 127.0.0.1:{port}: Address already in use (os error 98); choose another with {option} (0 takes a free one)"
            ),
        );
    }
}

#[test]
fn wrong_options_are_explained() {
    for (args, line) in [
        (
            ["--webhook", "https://example.com/hook"],
            "the sandbox does not speak TLS",
        ),
        (
            ["--webhook", "example.com/hook"],
            "it has to begin with http:// and name a host",
        ),
        (
            ["--token", "two words"],
            "visible ASCII characters without blanks",
        ),
        (["--polar-port", "70000"], "70000 is not in 0..=65535"),
    ] {
        let output = run(&[&["sandbox"], &args[..]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(line), "{}", stderr(&output));
    }
    let empty = run(&[
        "sandbox",
        "--polar-port",
        "0",
        "--openmeter-port",
        "0",
        "--webhook-secret",
        "",
    ]);
    fails(&empty, 2, "the webhook secret is empty");
}
