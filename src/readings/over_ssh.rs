//! One answer over HTTP that only a machine of the stack can get, by its `curl`.

use std::{fmt::Write as _, time::Duration};

use crate::{
    metrics::Unknown,
    readings::fetch::{Answer, moment},
    ssh::{Command, LIMIT, Output, Remote},
    values::in_full,
};

/// What is asked stands in its input: a query may hold anything, and nobody else sees it there.
const SCRIPT: &str = "curl -q -sS -i --get --noproxy '*' --connect-timeout 3 --max-time 10 -K -";

/// How long the command may take.
const DEADLINE: Duration = Duration::from_secs(15);

/// The most headers an answer may have.
const HEADERS: usize = 64;

/// Has a machine ask for a page, with the fields of a form.
pub async fn get<M: Remote>(
    machine: &M,
    address: &str,
    form: &[(&str, String)],
) -> Result<Answer, Unknown> {
    let command = Command::new(SCRIPT).with_stdin(config(address, form).into_bytes());
    let output = machine.run(&command.within(DEADLINE)).await;
    let output = output.map_err(|error| Unknown::Unanswered(in_full(&error)))?;
    if !output.is_good() {
        return Err(Unknown::Unanswered(output.complaint()));
    }
    if output.stdout.len() >= LIMIT {
        let text = format!("the answer is larger than {} MiB", LIMIT >> 20);
        return Err(Unknown::Unanswered(text));
    }
    answer(&output)
}

/// What `curl` is told (curl(1), `--config`).
fn config(address: &str, form: &[(&str, String)]) -> String {
    let mut config = format!("url = {}\n", quoted(address));
    for (name, value) in form {
        let _ = writeln!(config, "data-urlencode = {}", quoted(&format!("{name}={value}")));
    }
    config
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// The head and the body of what was printed.
fn answer(output: &Output) -> Result<Answer, Unknown> {
    let none = || Unknown::Unanswered("the machine printed no answer".to_owned());
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = response.parse(&output.stdout).map_err(|_| none())?
    else {
        return Err(none());
    };
    let date = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("date"));
    let date = date.and_then(|date| moment(date.value));
    let body = str::from_utf8(&output.stdout[length..]).map_err(|_| none())?;
    Ok(Answer { status: response.code.ok_or_else(none)?, date, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{answer, config};
    use crate::ssh::Output;

    #[test]
    fn a_query_is_written_as_curl_reads_it() {
        let form = [("query", "(a{b=\"\\\\d\"}\n)[10m:15s]".to_owned())];
        assert_eq!(
            config("http://127.0.0.1:9090/api", &form),
            "url = \"http://127.0.0.1:9090/api\"\n\
             data-urlencode = \"query=(a{b=\\\"\\\\\\\\d\\\"}\\n)[10m:15s]\"\n"
        );
    }

    #[test]
    fn what_is_printed_is_a_head_and_a_body() {
        let printed = |text: &str| answer(&Output { stdout: text.into(), ..Output::default() });
        let read = printed(
            "HTTP/1.1 400 Bad Request\r\ndate: Sat, 21 Nov 2026 12:00:00 GMT\r\n\r\n{\r\n\r\n}",
        );
        let read = read.unwrap();
        assert_eq!((read.status, read.body.as_str()), (400, "{\r\n\r\n}"));
        assert_eq!(read.date.unwrap().to_string(), "2026-11-21T12:00:00Z");
        for text in ["", "no answer\n", "HTTP/1.1 200 OK\r\ndate: x\r\n"] {
            assert!(printed(text).is_err(), "{text}");
        }
    }
}
