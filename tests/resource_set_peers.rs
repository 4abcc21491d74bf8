//! Objects of ResourceSets, compared with flux-operator's own code: `tests/peers/resource-set.sh`.
//!
//! Needs the driver of `tests/peers/resource-set` in `RESOURCE_SET_PEER`.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tenantry::flux::resource_set::{InputProvider, ResourceSet};

/// What flux-operator says, or refuses to say.
fn ask_go(questions: &[Value]) -> Vec<Result<Value, String>> {
    let peer = std::env::var_os("RESOURCE_SET_PEER")
        .expect("RESOURCE_SET_PEER names the driver that tests/peers/resource-set.sh builds");
    let mut child = Command::new(peer)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the driver starts");
    let mut stdin = child.stdin.take().expect("the driver listens");
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("the driver ends");
    writer.join().expect("the writer ends").expect("the driver reads");
    let text = String::from_utf8(output.stdout).expect("the driver writes text");
    let answers: Vec<_> = text
        .lines()
        .map(|line| {
            let answer: Value = serde_json::from_str(line).expect("the driver writes JSON");
            match answer["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(answer["objects"].clone()),
            }
        })
        .collect();
    assert_eq!(answers.len(), questions.len(), "the driver answers every question");
    answers
}

fn ask_us(question: &Value) -> Result<Value, String> {
    let set = ResourceSet::read(&question["resourceSet"]).map_err(|error| error.to_string())?;
    let providers: Result<Vec<_>, _> =
        question["inputsFrom"].as_array().into_iter().flatten().map(InputProvider::read).collect();
    let providers = providers.map_err(|error| error.to_string())?;
    set.build(&providers).map(Value::Array).map_err(|error| error.to_string())
}

/// Numbers by their value: JSON does not tell `1.0` from `1`.
fn settled(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(settled).collect(),
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(k, v)| (k.clone(), settled(v))).collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// What we say that we do not know, whatever flux-operator makes of it.
fn is_out_of_reach(error: &str) -> bool {
    ["is not understood here", "cut in two", "more work", "nested too deep", "is no UTF-8"]
        .iter()
        .any(|part| error.contains(part))
}

/// Compares all questions, and returns how many gave objects and how many were refused by both.
fn compare(questions: &[Value], lenient: bool) -> (usize, usize) {
    let (mut built, mut refused) = (0, 0);
    let mut differences = Vec::new();
    for (question, theirs) in questions.iter().zip(ask_go(questions)) {
        let ours = ask_us(question);
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) if settled(ours) == settled(theirs) => built += 1,
            (Err(_), Err(_)) => refused += 1,
            (Err(error), _) if lenient && is_out_of_reach(error) => {}
            _ => {
                let template = &question["resourceSet"]["spec"];
                differences.push(format!("{template}\n  ours:   {ours:?}\n  theirs: {theirs:?}"));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        questions.len(),
        differences[..differences.len().min(40)].join("\n")
    );
    (built, refused)
}

fn resource_set(spec: &Value) -> Value {
    let metadata = json!({"name": "apps", "namespace": "flux-system"});
    let set = json!({
        "apiVersion": "fluxcd.controlplane.io/v1", "kind": "ResourceSet",
        "metadata": metadata, "spec": spec,
    });
    json!({"resourceSet": set, "inputsFrom": []})
}

fn some_inputs() -> Value {
    json!([{
        "s": "Hello World", "n": 3, "f": 1.5, "g": 2.0, "big": 9_007_199_254_740_993_i64, "b": true, "e": "", "l": [3, "a", null, 2.5], "names": ["b", "a", "c", "a"],
        "m": {"b": 1, "a": {"x": "y"}, "z": null}, "v": {"z": null}, "em": {}, "el": [], "u": "ünï & co",
        "long": "one two three\nfour five: six # seven", "json": "{\"a\": [1, 2.5, \"<x>\"]}",
        "huge": 1e30, "small": 0.000_000_12, "date": "2020-01-01", "yes": "yes", "num": "0o17",
    }])
}

/// A set with one object, whose data is what an expression gives.
fn expression(expression: &str) -> Value {
    let template = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  \
         print: << toJson (print ({expression})) >>\n  \
         json: << toJson (toJson ({expression})) >>\n  \
         type: << typeOf ({expression}) | toJson >>\n"
    );
    resource_set(&json!({"inputs": some_inputs(), "resourcesTemplate": template}))
}

/// A set with one object, whose data is what statements write.
fn statements(text: &str) -> Value {
    let template = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  text: |-\n    {text}\n"
    );
    resource_set(&json!({"inputs": some_inputs(), "resourcesTemplate": template}))
}

/// Expressions, one a line.
const EXPRESSIONS: &str = include_str!("peers/resource-set/expressions.txt");

/// Texts with actions, one a line; `␤` is where a line breaks.
const STATEMENTS: &str = include_str!("peers/resource-set/statements.txt");

#[test]
#[ignore = "needs the Go driver: tests/peers/resource-set.sh"]
fn every_function_gives_what_it_gives_in_flux_operator() {
    let questions: Vec<Value> = EXPRESSIONS.lines().map(expression).collect();
    let (built, _) = compare(&questions, false);
    assert!(built > 350, "only {built} of them build");
}

#[test]
#[ignore = "needs the Go driver: tests/peers/resource-set.sh"]
fn every_statement_writes_what_it_writes_in_flux_operator() {
    let questions: Vec<Value> =
        STATEMENTS.lines().map(|text| statements(&text.replace('␤', "\n    "))).collect();
    let (built, _) = compare(&questions, true);
    assert!(built > 80, "only {built} of them build");
}

fn config_map(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
        "data": {"key": "<< inputs.id >>"},
    })
}

fn provider(name: &str, values: &Value) -> Value {
    json!({
        "apiVersion": "fluxcd.controlplane.io/v1", "kind": "ResourceSetInputProvider",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"type": "Static", "defaultValues": values},
    })
}

fn with_providers(spec: &Value, providers: &[Value]) -> Value {
    let mut question = resource_set(spec);
    question["inputsFrom"] = Value::Array(providers.to_vec());
    question
}

#[test]
#[ignore = "needs the Go driver: tests/peers/resource-set.sh"]
fn objects_are_those_that_flux_operator_builds() {
    let tenants =
        json!([{"tenant": "a", "id": 1}, {"tenant": "b", "id": 2}, {"tenant": "a", "id": 3}]);
    let named = config_map("<< inputs.tenant >>");
    let plain = config_map("one");
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: << inputs.tenant >>\n";
    let with = |extra: &Value| {
        let mut object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "<< inputs.tenant >>"},
        });
        for (key, value) in extra.as_object().into_iter().flatten() {
            object[key] = value.clone();
        }
        resource_set(&json!({"inputs": tenants, "resources": [object]}))
    };
    let template =
        |text: &str| resource_set(&json!({"inputs": tenants, "resourcesTemplate": text}));
    let permute = json!({"name": "Permute"});
    let all = json!({"name": "Permute", "includeEmptyProviders": true});
    let froms = json!([{"name": "p-two"}, {"name": "P one"}, {"name": "p-two"}]);
    let providers =
        [provider("p-two", &json!({"x": 2})), provider("P one", &json!({"x": 1, "id": "own"}))];
    let show = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "n-<< inputs.id >>"}, "data": {"all": "<< inputs | toJson | b64enc >>"},
    });
    let questions = vec![
        resource_set(&json!({})),
        resource_set(&json!({"inputs": tenants, "resources": [named]})),
        resource_set(&json!({"inputs": tenants, "resourcesTemplate": text})),
        resource_set(&json!({"inputs": tenants, "resources": [named], "resourcesTemplate": text})),
        resource_set(&json!({"resources": [plain]})),
        resource_set(
            &json!({"resources": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}]}),
        ),
        resource_set(
            &json!({"resources": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "<< inputs >>", "b": "<< get inputs \"q\" >>"}}]}),
        ),
        resource_set(
            &json!({"resources": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "<< set inputs \"q\" 1 >>"}}]}),
        ),
        resource_set(
            &json!({"inputs": tenants, "resources": [named], "commonMetadata": {"labels": {"a": "b", "resourceset.fluxcd.controlplane.io/name": "other"}, "annotations": {"c": "d"}}}),
        ),
        with(
            &json!({"spec": {"replicas": "<< inputs.id >>", "b": true, "f": 1.5, "g": 2.0, "z": null, "l": [], "m": {}}}),
        ),
        with(
            &json!({"spec": {"text": "<< inputs.tenant | quote >>", "on": "yes", "date": "2020-01-01", "n": "0123", "e": ""}}),
        ),
        with(
            &json!({"spec": {"block": "a\nb << inputs.tenant >>\n", "tail": "x ", "colon": "a: b", "hash": "a #b", "tab": "a\tb"}}),
        ),
        with(
            &json!({"spec": {"long": "one two three four five six seven eight nine ten << inputs.tenant | upper | lower >> eleven twelve thirteen fourteen fifteen"}}),
        ),
        with(&json!({"spec": {"<< inputs.tenant >>": 1, "a10": 1, "a9": 2, "Z": 3}})),
        with(&json!({"spec": {"if": "<< if eq inputs.tenant \"a\" >>yes<< else >>no<< end >>"}})),
        with(&json!({"spec": {"yaml": "<< toYaml inputs | nindent 4 >>"}})),
        with(&json!({"spec": {"json": "<< toJson inputs >>"}})),
        with(
            &json!({"metadata": {"name": "<< inputs.tenant >>", "annotations": {"fluxcd.controlplane.io/reconcile": "<< if eq inputs.id 3 >>disabled<< else >>enabled<< end >>"}}}),
        ),
        with(
            &json!({"metadata": {"name": "<< inputs.tenant >>", "labels": {"a": 1, "b": "<< inputs.id >>"}}}),
        ),
        with(
            &json!({"metadata": {"name": "<< inputs.tenant >>", "labels": {"a": null, "b": "x"}}}),
        ),
        with(&json!({"kind": "<< inputs.missing >>"})),
        with(&json!({"kind": null})),
        with(&json!({"apiVersion": "<< if eq inputs.id 3 >>apps/v2<< else >>apps/v1<< end >>"})),
        with(&json!({"spec": {"broken": "<< if >>"}})),
        with(&json!({"spec": {"colon": "<< \"a: b\" >>"}})),
        resource_set(
            &json!({"inputs": tenants, "resources": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "n<< inputs.id >>"}, "data": {"x": "<< set inputs \"seen\" true | len >>"}}, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m<< inputs.id >>"}, "data": {"x": "<< inputs.seen | toString | quote >>"}}]}),
        ),
        template(""),
        template("\n"),
        template("---\n---\n# only a comment\n---\n"),
        template(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: << inputs.tenant >>\n--- # next\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n",
        ),
        template("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n--- x\n"),
        template("apiVersion: v1\nkind: ConfigMap\n"),
        template("apiVersion: v1\nmetadata: {name: a}\n"),
        template(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: a}\n",
        ),
        template(
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: << inputs.tenant >>}}\n",
        ),
        template("apiVersion: v1\nkind: List\nitems: [1]\n"),
        template(
            "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"}}\n",
        ),
        template(
            "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"}}\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"b\"}}",
        ),
        template(
            "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\"}}\n---\n{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"b\"}}",
        ),
        template("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"),
        template("just text\n"),
        template("- a\n"),
        template("a: [\n"),
        template(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: on\n  b: 1\n  c: 010\n  d: 1.0\n  e: 1e3\n  f: ~\n  g: 0x1f\n  h: 2020-01-01\n  1: x\n  true: y\n",
        ),
        template("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  name: b\n"),
        template(
            "<< range $i := until inputs.id >>---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: n<< $i >>\n<< end >>",
        ),
        resource_set(&json!({"inputs": [{}], "resources": [plain]})),
        resource_set(&json!({"inputs": [{"id": "<b>\" '"}], "resources": [plain]})),
        resource_set(
            &json!({"inputs": tenants, "inputStrategy": {"name": "Other"}, "resources": [named]}),
        ),
        resource_set(&json!({"inputs": tenants, "inputStrategy": permute, "resources": [show]})),
        resource_set(&json!({"inputStrategy": permute, "resources": [plain]})),
        with_providers(&json!({"inputsFrom": froms, "resources": [show]}), &providers),
        with_providers(
            &json!({"inputs": tenants, "inputsFrom": froms, "resources": [show]}),
            &providers,
        ),
        with_providers(
            &json!({"inputsFrom": froms, "inputStrategy": permute, "resources": [show]}),
            &providers,
        ),
        with_providers(
            &json!({"inputs": tenants, "inputsFrom": froms, "inputStrategy": permute, "resources": [show]}),
            &providers,
        ),
        with_providers(
            &json!({"inputsFrom": froms, "inputStrategy": all, "resources": [show]}),
            &providers,
        ),
        with_providers(
            &json!({"inputsFrom": froms, "inputStrategy": {"name": "Flatten"}, "resources": [show]}),
            &providers,
        ),
        with_providers(
            &json!({"inputsFrom": [{"name": "missing"}], "resources": [show]}),
            &providers,
        ),
        with_providers(
            &json!({"inputsFrom": [{"name": "---"}], "inputStrategy": permute, "resources": [show]}),
            &[provider("---", &json!({}))],
        ),
        resource_set(
            &json!({"steps": [{"name": "one", "resources": [plain]}, {"name": "two", "resourcesTemplate": text}], "inputs": tenants}),
        ),
        resource_set(
            &json!({"steps": [{"name": "one", "resources": [plain]}, {"name": "two", "resources": [plain]}], "inputs": tenants}),
        ),
        resource_set(&json!({"steps": [{"name": "one"}], "inputs": tenants})),
        resource_set(
            &json!({"steps": [{"name": "one", "resources": [plain]}], "resources": [plain]}),
        ),
    ];
    let (built, _) = compare(&questions, false);
    assert!(built > 40, "only {built} of them build");
}

/// A small generator with a fixed seed, so that a difference can be found again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }

    /// An expression; now and then one of the wrong type.
    fn expression(&mut self, kind: u8, depth: usize) -> String {
        let kind = if self.below(25) == 0 { self.below(5) as u8 } else { kind };
        if depth == 0 || self.below(4) == 0 {
            return self.leaf(kind).to_owned();
        }
        let pattern = match kind {
            0 => self.pick(&[
                "upper S",
                "lower S",
                "title S",
                "trim S",
                "trunc I S",
                "substr I I S",
                "quote A",
                "squote A",
                "cat A A",
                "indent 3 S",
                "nindent 2 S",
                "replace S S S",
                "toString A",
                "join S L",
                "print A A",
                "printf \"%v-%v\" A A",
                "printf \"%d|%-6s|%q\" I S S",
                "toJson A",
                "toYaml A",
                "b64enc S",
                "sha256sum S",
                "trimSuffix S S",
                "trimAll S S",
                "ternary S S B",
                "default S A",
                "get M S",
                "toPrettyJson A",
                "index M S",
                "S | S2",
                "typeOf A",
                "kindOf A",
                "repeat 2 S",
                "html S",
                "js S",
                "urlquery S",
                "base S",
                "clean S",
                "regexReplaceAll \"[a-l]+\" S S",
                "regexFind \"o.\" S",
                "coalesce A A S",
                "first L",
                "dig S S M",
            ]),
            1 => self.pick(&[
                "len A",
                "add I I",
                "sub I I",
                "mul I I",
                "div I I",
                "mod I I",
                "int A",
                "int64 A",
                "max I I",
                "min I I",
                "atoi S",
                "index L I",
                "ternary I I B",
                "default I A",
                "add1 I",
                "toDecimal A",
                "round F I",
                "float64 A",
                "ceil F",
            ]),
            2 => self.pick(&[
                "list A A",
                "append L A",
                "prepend L A",
                "rest L",
                "initial L",
                "reverse L",
                "uniq L",
                "without L A",
                "slice L I",
                "slice L I I",
                "concat L L",
                "until 3",
                "splitList S S",
                "sortAlpha L",
                "compact L",
                "chunk I L",
                "keys M | sortAlpha",
                "toStrings L",
                "pluck S M M",
                "regexFindAll \"[a-m]\" S I",
                "regexSplit \"o\" S I",
                "fromJson S",
            ]),
            3 => self.pick(&[
                "dict S A S A",
                "pick M S S",
                "omit M S",
                "set (dict) S A",
                "unset (pick M S S) S",
                "get M S",
                "split S S",
                "dict",
                "fromJson S",
                "index M S",
            ]),
            _ => self.pick(&[
                "eq A A",
                "ne A A",
                "lt I I",
                "gt I I",
                "le S S",
                "ge F F",
                "and A A",
                "or A A",
                "not A",
                "empty A",
                "has A L",
                "hasKey M S",
                "contains S S",
                "hasPrefix S S",
                "all A A",
                "any A A",
                "deepEqual A A",
                "kindIs S A",
                "regexMatch \"[a-l]\" S",
                "eq I I I",
            ]),
        };
        let mut out = String::new();
        let mut quoted = false;
        for (at, c) in pattern.char_indices() {
            let letter = match c {
                'S' => 0,
                'I' => 1,
                'L' => 2,
                'M' => 3,
                'B' => 4,
                'A' => self.below(5) as u8,
                _ => 9,
            };
            quoted ^= c == '"';
            let alone = pattern[..at].chars().next_back().is_none_or(|c| c == ' ')
                && pattern[at + c.len_utf8()..].chars().next().is_none_or(|c| c == ' ');
            if c == 'F' && alone && !quoted {
                out.push_str(self.pick(&["1.5", "inputs.f", "2.0", "-0.25", "0.1"]));
            } else if letter != 9 && alone && !quoted {
                let inner = self.expression(letter, depth - 1);
                if inner.contains(' ') && !inner.starts_with('"') {
                    out.push_str(&format!("({inner})"));
                } else {
                    out.push_str(&inner);
                }
            } else {
                out.push(c);
            }
        }
        out.replace("S2", "upper")
    }

    fn leaf(&mut self, kind: u8) -> &'static str {
        match kind {
            0 => self.pick(&[
                "\"\"",
                "\"a\"",
                "inputs.s",
                "inputs.u",
                "inputs.e",
                "inputs.date",
                "\"x\"",
                "\"b\"",
                "inputs.json",
                "\"o\"",
                "inputs.num",
                "\"12\"",
            ]),
            1 => self.pick(&["0", "1", "2", "-1", "5", "inputs.n", "(int inputs.n)"]),
            2 => self.pick(&[
                "inputs.l",
                "inputs.names",
                "inputs.el",
                "list",
                "(until 3)",
                "(list 1 \"a\")",
            ]),
            3 => self.pick(&[
                "inputs.m",
                "inputs.em",
                "inputs.m.a",
                "(dict \"a\" 1 \"b\" \"x\")",
                "inputs",
            ]),
            _ => self.pick(&[
                "true",
                "false",
                "inputs.b",
                "inputs.v.z",
                "nil",
                "inputs.f",
                "inputs.g",
            ]),
        }
    }

    fn statement(&mut self, depth: usize) -> String {
        let trim = ["<< ", "<<- ", "<<"][self.below(3)];
        let close = [" >>", " ->>", ">>"][self.below(3)];
        let kind = self.below(5) as u8;
        let value = self.expression(kind, 2);
        if depth == 0 || self.below(3) == 0 {
            return format!("{trim}toJson (print ({value})){close}");
        }
        let (a, b) = (self.statement(depth - 1), self.statement(depth - 1));
        match self.below(9) {
            0 => format!("{trim}if {value}{close}{a}<<else>>{b}<<end>>"),
            1 => format!("{trim}with {value}{close}{a} <<toJson .>><<else>>{b}<<end>>"),
            2 => format!("{trim}range {value}{close}{a},<<toJson .>><<else>>{b}<<end>>"),
            3 => format!(
                "{trim}range $i, $v := {value}{close}<<toJson $i>>=<<toJson $v>><<if eq (print $i) \"1\">><<continue>><<end>>;<<end>>{b}"
            ),
            4 => format!("{trim}$v := {value}{close}{a}<<toJson $v>>{b}"),
            5 => format!("<<$w := 1>>{a}<<if {value}>><<$w = {value}>><<end>><<toJson $w>>"),
            6 => format!("{trim}range $v := {value}{close}<<if $v>><<break>><<end>>{a}<<end>>"),
            7 => format!("{a} {trim}/* {b} */{close} {b}"),
            _ => format!("{a}-{b}"),
        }
    }
}

#[test]
#[ignore = "needs the Go driver: tests/peers/resource-set.sh"]
fn random_templates_give_what_they_give_in_flux_operator() {
    let seed = std::env::var("RESOURCE_SET_PEER_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut dice = Dice(seed.unwrap_or(11));
    let mut questions = Vec::new();
    for _ in 0..1500 {
        let kind = dice.below(5) as u8;
        questions.push(expression(&dice.expression(kind, 3)));
        questions.push(statements(&dice.statement(3)));
    }
    let (built, _) = compare(&questions, true);
    assert!(built > questions.len() / 4, "only {built} of them build");
}
