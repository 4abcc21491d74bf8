//! The questions of `create patch`: where, what to change, where in it, to what.

use kustomize::yaml::{Node, Value as NodeValue, emit};
use serde_json::Value;

use super::objects::{Known, Reachable, Shipped};
use super::{Assigned, PatchArgs, TargetText, yaml_value};
use crate::cli::dialogue::{Choice, Dialogue, any, ask};
use crate::cli::failure::Failure;
use crate::flux::diff::{MASK, hides};
use crate::patches::apply;
use crate::schemas::{Field, Schemas};
use crate::spec::Platform;
use crate::spec::text::{ItemName, JsonPointer};

/// How much of a value stands beside its field.
const SHOWN: usize = 48;

/// Where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Where {
    Everywhere,
    Environments,
    Clusters,
}

/// What is done at a place of the walk.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Below(String),
    /// A field that the schema knows and the object does not have.
    Absent(String),
    Another,
    Set,
    Append,
    Remove,
    Delete,
    Up,
}

/// What is done with a list that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Replace,
    Append,
}

impl PatchArgs {
    pub(super) fn ask_where(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        platform: &Platform,
    ) -> Result<(), Failure> {
        if !dialogue.interactive()
            || !self.cluster.is_empty()
            || !self.environment.is_empty()
            || platform.clusters.len() < 2
        {
            return Ok(());
        }
        let choices = [
            Choice::new(Where::Everywhere, "", "on every cluster"),
            Choice::new(Where::Environments, "", "on the clusters of some environments"),
            Choice::new(Where::Clusters, "", "on some clusters"),
        ];
        let question = ask("--cluster", "Where does it hold");
        match dialogue.choose(None, question, &choices, None)? {
            Some(Where::Environments) => {
                let choices: Vec<_> = platform
                    .environments()
                    .map(|name| Choice::new(name.clone(), name.as_str(), ""))
                    .collect();
                let question = ask("--environment", "Environments");
                self.environment = dialogue.choose_many(Vec::new(), question, &choices, 1)?;
            }
            Some(Where::Clusters) => {
                let choices: Vec<_> = platform
                    .clusters
                    .iter()
                    .map(|(name, it)| {
                        Choice::new(name.clone(), name.as_str(), it.base.environment.as_str())
                    })
                    .collect();
                let question = ask("--cluster", "Clusters");
                self.cluster = dialogue.choose_many(Vec::new(), question, &choices, 1)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks for the object and for what is changed in it, and gives back the object.
    pub(super) fn ask_what(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        known: &Known,
        schemas: Option<&Schemas>,
    ) -> Result<Option<Node>, Failure> {
        let clusters = known.objects.iter().map(|one| one.clusters.len()).max().unwrap_or_default();
        if self.target.is_none() && dialogue.interactive() && !known.objects.is_empty() {
            let choices: Vec<Choice<usize>> = known
                .objects
                .iter()
                .enumerate()
                .map(|(at, one)| Choice::new(at, "", one.line(clusters)))
                .collect();
            let question = ask("--target", "Which object (type to search)");
            let at = dialogue.choose(None, question, &choices, None)?.unwrap_or_default();
            let one = &known.objects[at];
            let target = known.target(one);
            dialogue.answered("--target", Some(target.to_string()));
            self.target = Some(target);
            self.name_who_ships(dialogue, one);
        }
        self.target = dialogue.text(
            self.target.take(),
            ask("--target", "Which object, as KIND/NAME or KIND/NAMESPACE/NAME"),
            None,
            any::<TargetText>,
        )?;
        let found = self.target.as_ref().and_then(|target| known.find(target));
        let object = found.map(|found| found.node.clone());
        if self.says_what() {
            if dialogue.interactive() {
                self.ask_about_lists(dialogue, object.as_ref())?;
                self.ask_for_parents(dialogue, object.as_ref())?;
            }
            return Ok(object);
        }
        if !dialogue.interactive() {
            dialogue.missing("--add");
            return Ok(object);
        }
        let Some(edited) = object.clone() else {
            dialogue.say("  No such object is on these clusters as they are built here; what is changed in it is typed.");
            self.type_change(dialogue)?;
            return Ok(None);
        };
        loop {
            self.walk(dialogue, &edited, schemas)?;
            if self.delete || !dialogue.more("Another change of this object?", false)? {
                break;
            }
        }
        self.ask_for_parents(dialogue, object.as_ref())?;
        Ok(object)
    }

    /// Says whose the object is, where a source ships it.
    fn name_who_ships(&mut self, dialogue: &mut Dialogue<'_>, one: &Reachable) {
        let Some(shipped) = &one.shipped else { return };
        let source = match shipped {
            Shipped::Tenant(tenant, source) => {
                if self.tenant.is_empty() {
                    self.tenant.push(tenant.clone());
                    dialogue.answered("--tenant", Some(tenant.to_string()));
                }
                Some(source.clone())
            }
            Shipped::Component(component) => {
                if self.component.is_empty() {
                    self.component.push(component.clone());
                    dialogue.answered("--component", Some(component.to_string()));
                }
                ItemName::new("manifests").ok()
            }
        };
        if self.source.is_none()
            && let Some(source) = source
        {
            dialogue.answered("--source", Some(source.to_string()));
            self.source = Some(source);
        }
    }

    /// Goes through the object's fields until something is said to be done at one.
    fn walk(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        object: &Node,
        schemas: Option<&Schemas>,
    ) -> Result<(), Failure> {
        let text = |field: &str| object.get(field).and_then(Node::text).unwrap_or_default();
        let kind = schemas.and_then(|all| Some((all, all.kind(text("apiVersion"), text("kind"))?)));
        let whole = kind.and_then(|(schemas, kind)| schemas.whole(kind));
        let field = |at: &str| meaning(whole.as_ref(), object, at);
        let mut at = String::new();
        loop {
            let node = object.pointer(&at);
            let choices = steps(&at, node, field(&at).as_ref(), is_secret(object, &at));
            let words = match &*at {
                "" => "Where in it (type to search)".to_owned(),
                at => format!("Where in it ({at})"),
            };
            let step = dialogue.find(&words, &choices)?;
            match step {
                Some(Step::Below(key)) => {
                    at.push('/');
                    at.push_str(&escape(&key));
                    // A scalar has nothing below it.
                    let is_leaf = object.pointer(&at).is_some_and(|node| !has_below(node));
                    if is_leaf && self.change_leaf(dialogue, object, &at, field(&at).as_ref())? {
                        return Ok(());
                    }
                    if is_leaf {
                        at = up(&at);
                    }
                }
                Some(Step::Absent(key)) => {
                    let path = format!("{at}/{}", escape(&key));
                    return self.set(dialogue, object, &path, None, field(&path).as_ref());
                }
                Some(Step::Another) => {
                    let key = dialogue.plain("Name of the field", None, |text| {
                        let taken = object.pointer(&format!("{at}/{}", escape(text))).is_some();
                        if taken { Err("it is there already".to_owned()) } else { Ok(()) }
                    })?;
                    let path = format!("{at}/{}", escape(&key));
                    return self.set(dialogue, object, &path, None, None);
                }
                Some(Step::Set) => {
                    return self.set(
                        dialogue,
                        object,
                        &at,
                        object.pointer(&at),
                        field(&at).as_ref(),
                    );
                }
                Some(Step::Append) => {
                    let one = assigned(dialogue, &at, "Value of the item (YAML)", None)?;
                    dialogue.answered("--append", Some(one.to_string()));
                    self.append.push(one);
                    return Ok(());
                }
                Some(Step::Remove) => {
                    let path = pointer(&at)?;
                    dialogue.answered("--remove", Some(at.clone()));
                    self.remove.push(path);
                    return Ok(());
                }
                Some(Step::Delete) => {
                    dialogue.answered("--delete", None);
                    self.delete = true;
                    return Ok(());
                }
                Some(Step::Up) | None => at = up(&at),
            }
        }
    }

    /// Asks what is done with a scalar; no where it is left alone.
    fn change_leaf(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        object: &Node,
        at: &str,
        field: Option<&Field<'_>>,
    ) -> Result<bool, Failure> {
        let now = object.pointer(at);
        let choices = [
            Choice::new(Step::Set, "", "another value"),
            Choice::new(Step::Remove, "", "take it away"),
            Choice::new(Step::Up, "", "back"),
        ];
        if let Some(field) = field {
            dialogue.say(&format!("  {}", told(field)));
        }
        let shown = match is_secret(object, at) {
            true => MASK.to_owned(),
            false => now.map(short).unwrap_or_default(),
        };
        let words = format!("{at} is {shown}");
        match dialogue.choose(None, ask("--replace", &words), &choices, None)? {
            Some(Step::Set) => self.set(dialogue, object, at, now, field).map(|()| true),
            Some(Step::Remove) => {
                dialogue.answered("--remove", Some(at.to_owned()));
                self.remove.push(pointer(at)?);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Asks for the value of a field: one that is there is replaced, another added.
    fn set(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        object: &Node,
        at: &str,
        now: Option<&Node>,
        field: Option<&Field<'_>>,
    ) -> Result<(), Failure> {
        if let Some(field) = field.filter(|_| now.is_none_or(has_below)) {
            dialogue.say(&format!("  {}", told(field)));
        }
        let shown = now.filter(|_| !is_secret(object, at));
        let one = assigned(dialogue, at, &format!("Value of {at} (YAML)"), shown)?;
        match now {
            Some(_) => {
                dialogue.answered("--replace", Some(one.to_string()));
                self.replace.push(one);
            }
            None => {
                dialogue.answered("--add", Some(one.to_string()));
                self.add.push(one);
            }
        }
        Ok(())
    }

    /// `add` on a list that is there replaces it whole: asks whether that is meant.
    fn ask_about_lists(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        object: Option<&Node>,
    ) -> Result<(), Failure> {
        let Some(object) = object else { return Ok(()) };
        let mut kept = Vec::new();
        for one in std::mem::take(&mut self.add) {
            let there = object.pointer(one.path.as_str());
            let Some(list) = there.and_then(Node::as_sequence).filter(|list| !list.is_empty())
            else {
                kept.push(one);
                continue;
            };
            let words = format!(
                "{} is a list of {}: {}",
                one.path,
                if list.len() == 1 {
                    "one item".to_owned()
                } else {
                    format!("{} items", list.len())
                },
                there.map(short).unwrap_or_default()
            );
            let choices = [
                Choice::new(
                    List::Replace,
                    "",
                    format!("replace it by {}", shorten(&one.value.to_string())),
                ),
                Choice::new(List::Append, "", "append to it"),
            ];
            let chosen = dialogue.choose(None, ask("--append", &words), &choices, None)?;
            dialogue.instead_of("--add", &one.said);
            let (flag, list) = match chosen {
                Some(List::Append) => ("--append", &mut self.append),
                _ => ("--replace", &mut self.replace),
            };
            let all = match (&one.value, chosen) {
                (Value::Array(items), Some(List::Append)) => {
                    let texts = items.iter().map(|item| format!("{}={item}", one.path));
                    texts.filter_map(|text| text.parse::<Assigned>().ok()).collect()
                }
                _ => vec![one],
            };
            for one in all {
                dialogue.answered(flag, Some(one.to_string()));
                list.push(one);
            }
        }
        self.add = kept;
        Ok(())
    }

    /// JSON patches fail where a parent is missing: offers to add those.
    fn ask_for_parents(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        object: Option<&Node>,
    ) -> Result<(), Failure> {
        let Some(object) = object.filter(|_| !self.add_parents) else { return Ok(()) };
        let missing: Vec<String> = self
            .add
            .iter()
            .chain(&self.append)
            .flat_map(|one| apply::missing(object, &format!("{}/-", one.path)))
            .map(|parent| parent.path.to_string())
            .filter(|path| self.add.iter().all(|one| one.path.as_str() != path))
            .collect();
        let Some(first) = missing.first() else { return Ok(()) };
        let words =
            format!("The object has no {first}, without which the patch would fail. Add it?");
        if dialogue.confirm(&words, true)? {
            dialogue.answered("--add-parents", None);
            self.add_parents = true;
        }
        Ok(())
    }

    /// Asks for a change of an object that is not known.
    fn type_change(&mut self, dialogue: &mut Dialogue<'_>) -> Result<(), Failure> {
        let text = dialogue.plain("What is added, as PATH=VALUE", None, |text| {
            text.parse::<Assigned>().map(drop)
        })?;
        if let Ok(one) = text.parse::<Assigned>() {
            dialogue.answered("--add", Some(text));
            self.add.push(one);
        }
        Ok(())
    }

    /// Asks what it is called.
    pub(super) fn ask_name(
        &mut self,
        dialogue: &mut Dialogue<'_>,
        platform: &Platform,
    ) -> Result<String, Failure> {
        let target = self.target.as_ref();
        let suggested = target.and_then(|target| {
            let name = target.name.as_deref().unwrap_or(&target.kind).to_lowercase();
            let name: String = name
                .chars()
                .map(|one| if one.is_ascii_alphanumeric() { one } else { '-' })
                .collect();
            ItemName::new(name.trim_matches('-')).ok()
        });
        let default = suggested
            .filter(|name| dialogue.interactive() && !platform.patches.contains_key(name.as_str()));
        let interactive = dialogue.interactive();
        let name =
            dialogue.text(self.name.take(), ask("NAME", "Name of the patch"), default, |name| {
                match platform.patches.get(name) {
                    Some(patch) if interactive => {
                        Err(format!("there is a patch `{name}` already, in {}", patch.file))
                    }
                    _ => Ok(()),
                }
            })?;
        Ok(name.map(|name| name.to_string()).unwrap_or_default())
    }
}

/// What a schema says of a place; lists are walked through.
fn meaning<'s>(whole: Option<&Field<'s>>, object: &Node, at: &str) -> Option<Field<'s>> {
    let mut way = Vec::new();
    let mut path = String::new();
    for step in at.split('/').skip(1) {
        let holder = object.pointer(&path).map(|node| &node.value);
        path = format!("{path}/{step}");
        if !matches!(holder, Some(NodeValue::Sequence(_))) {
            way.push(step.replace("~1", "/").replace("~0", "~"));
        }
    }
    let way: Vec<&str> = way.iter().map(String::as_str).collect();
    whole?.at(&way).ok()
}

/// What a field is, in a line.
fn told(field: &Field<'_>) -> String {
    let summary = field.summary();
    let sentence = summary.split_inclusive(". ").next().unwrap_or_default().trim();
    let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    let choices = match &*field.choices() {
        [] => String::new(),
        some => format!(" One of {}.", some.join(", ")),
    };
    format!("<{}> {sentence}{choices}", field.type_name())
}

/// What can be done at a place; what its schema knows besides comes along.
fn steps(
    at: &str,
    node: Option<&Node>,
    field: Option<&Field<'_>>,
    secret: bool,
) -> Vec<Choice<Step>> {
    let mut choices = Vec::new();
    let known = field.map(Field::children).unwrap_or_default();
    let about = |key: &str| {
        let field = known.iter().find(|field| field.name() == key);
        field.map(|field| format!("   {}", shorten(&told(field)))).unwrap_or_default()
    };
    // These say which object it is.
    let pinned = |key: &str| match at {
        "" => matches!(key, "apiVersion" | "kind" | "status"),
        "/metadata" => matches!(key, "name" | "namespace"),
        _ => false,
    };
    match node.map(|node| &node.value) {
        Some(NodeValue::Mapping(fields)) => {
            for (key, value) in fields.iter() {
                let key = key.key_text().into_owned();
                if pinned(&key) {
                    continue;
                }
                let value = if secret { MASK.to_owned() } else { short(value) };
                let line = format!("{key}: {value}{}", about(&key));
                choices.push(Choice::new(Step::Below(key), "", line));
            }
            for field in known.iter().filter(|field| !fields.contains_key(field.name())) {
                if !pinned(field.name()) {
                    let line = format!("+ {}{}", field.name(), about(field.name()));
                    choices.push(Choice::new(Step::Absent(field.name().to_owned()), "", line));
                }
            }
            choices.push(Choice::new(Step::Another, "", "(another field)"));
        }
        Some(NodeValue::Sequence(items)) => {
            for (number, item) in items.iter().enumerate() {
                let line = format!("{number}: {}", short(item));
                choices.push(Choice::new(Step::Below(number.to_string()), "", line));
            }
            choices.push(Choice::new(Step::Append, "", "(a further item)"));
        }
        _ => {}
    }
    if at.is_empty() {
        choices.push(Choice::new(Step::Delete, "", "(take the whole object away)"));
    } else {
        choices.push(Choice::new(Step::Set, "", "(replace all of this)"));
        choices.push(Choice::new(Step::Remove, "", "(take this away)"));
        choices.push(Choice::new(Step::Up, "", "(back)"));
    }
    choices
}

fn assigned(
    dialogue: &mut Dialogue<'_>,
    at: &str,
    words: &str,
    now: Option<&Node>,
) -> Result<Assigned, Failure> {
    let default =
        now.filter(|node| !has_below(node)).and_then(|node| node.text().map(str::to_owned));
    let text = dialogue.plain(words, default, |text| yaml_value(text).map(drop))?;
    format!("{at}={text}").parse().map_err(|reason| Failure::BadAnswer { flag: "--add", reason })
}

fn pointer(at: &str) -> Result<JsonPointer, Failure> {
    JsonPointer::new(at)
        .map_err(|error| Failure::BadAnswer { flag: "--remove", reason: error.to_string() })
}

/// Whether a place is a value of a Secret, or holds them.
fn is_secret(object: &Node, at: &str) -> bool {
    at.split('/').nth(1).is_some_and(|field| hides(object, field))
}

fn has_below(node: &Node) -> bool {
    matches!(node.value, NodeValue::Mapping(_) | NodeValue::Sequence(_))
}

fn up(at: &str) -> String {
    at.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned())
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A value on one line.
fn short(node: &Node) -> String {
    match &node.value {
        NodeValue::Mapping(fields) if fields.is_empty() => "{}".to_owned(),
        NodeValue::Mapping(fields) => {
            let keys: Vec<_> = fields.keys().map(|key| key.key_text().into_owned()).collect();
            shorten(&format!("{{{}}}", keys.join(", ")))
        }
        NodeValue::Sequence(_) => shorten(&node.to_json().to_string()),
        _ => shorten(emit::to_string(node).trim()),
    }
}

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None if line.len() < text.trim_end().len() => format!("{line}…"),
        None => line.to_owned(),
    }
}
