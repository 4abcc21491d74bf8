//! What charts are known to refuse of the values that the description gives them. Only told: the cluster says the last word.

use serde_json::Value;

use crate::catalogue;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::spec::component::Component;
use crate::spec::text::ExactVersion;
use crate::spec::{EntityKind, Platform};

/// Values of components that their charts refuse.
pub(super) fn check(platform: &Platform) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, entity) in &platform.components {
        for (scope, it) in entity.variants() {
            let values = Value::Object(it.values.clone());
            for fact in
                facts(it, None).into_iter().filter(|fact| values.pointer(&fact.refuses).is_some())
            {
                let pointer = format!("/values{}", fact.refuses);
                let place =
                    platform.place_of(EntityKind::Component, name.as_str(), scope, &pointer);
                let Some(place) = place else { continue };
                let refused = refused(it, &fact, place);
                // What is said once holds in every place that does not say otherwise.
                if !found.contains(&refused) {
                    found.push(refused);
                }
            }
        }
    }
    found
}

/// What is known of the chart of a component, in another version than it says where one is given.
pub(crate) fn facts(component: &Component, version: Option<&str>) -> Vec<catalogue::Fact> {
    let Some(helm) = &component.helm else { return Vec::new() };
    let said = component.version.as_ref().or(helm.version.as_ref()).map(ExactVersion::as_str);
    match version.or(said) {
        Some(version) => catalogue::facts(helm.repository.as_str(), helm.chart.as_str(), version),
        None => Vec::new(),
    }
}

/// A value that a chart refuses, at its place.
pub(crate) fn refused(component: &Component, fact: &catalogue::Fact, place: Place) -> Diagnostic {
    let chart = component.helm.as_ref().map_or("", |helm| helm.chart.as_str());
    let below = fact.refuses.trim_start_matches('/').replace('/', ".");
    let message = format!(
        "from version {} on, the chart `{chart}` refuses values below `{below}`",
        fact.since
    );
    Diagnostic::warning(Code::ChartRefuses, message)
        .at(place)
        .label("Helm would fail here")
        .help(format!("instead, {}", fact.instead))
}
