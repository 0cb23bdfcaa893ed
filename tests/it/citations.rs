//! What the code cites is in the repository: each citation names a document below `shared/docs` and a section of it.

use std::collections::BTreeSet;

use regex::Regex;

use crate::architecture::{files, root};

/// The sections of a document, by their numbers.
fn sections(document: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("shared/docs").join(document)).unwrap();
    let heading = Regex::new(r"(?m)^##+ ([0-9]+(?:\.[0-9]+)?)\.? ").unwrap();
    let found: BTreeSet<_> = heading.captures_iter(&text).map(|found| found[1].to_owned()).collect();
    assert!(!found.is_empty(), "{document}");
    found
}

/// Every text of the repository in which something may be cited.
fn texts() -> Vec<(String, String)> {
    let mut texts: Vec<_> = ["shared/src", "functions", "tests"].into_iter().flat_map(files).collect();
    for name in ["README.md", "infra/README.md", "infra/template.yaml"] {
        texts.push((name.to_owned(), std::fs::read_to_string(root().join(name)).unwrap()));
    }
    texts
}

#[test]
fn every_citation_leads_somewhere() {
    let citation = Regex::new(
        r"docs/(pbx|promises|bottlecrm|kommo|hubspot|retailcrm|templates)\.md((?:,? (?:and )?§[0-9]+(?:\.[0-9]+)?)+)",
    )
    .unwrap();
    let number = Regex::new(r"§([0-9]+(?:\.[0-9]+)?)").unwrap();
    let mut count = 0;
    for (name, text) in texts() {
        for cited in citation.captures_iter(&text) {
            let known = sections(&format!("{}.md", &cited[1]));
            for section in number.captures_iter(&cited[2]) {
                assert!(known.contains(&section[1]), "{name} cites {}", &cited[0]);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn nothing_outside_the_repository_is_cited() {
    // Put together, so that this file does not hold them.
    let outside = ["pbx-api", "crm-apis", "local-stack", "style", "design"].map(|name| format!("{name}.md"));
    for (name, text) in texts() {
        for document in &outside {
            assert!(!text.contains(document), "{name} cites {document}");
        }
        assert!(!text.contains(&["design", " §"].concat()), "{name} cites a design");
    }
}
