//! What the pages of the fakes have in common: one style, without any script or outside asset.

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">{refresh}<style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:84rem;padding:0 1rem}
h1{font-size:1.3rem;margin:0}p{margin:.2rem 0 1.2rem;opacity:.7}div{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .7rem;border-bottom:1px solid #8883;white-space:nowrap;font-variant-numeric:tabular-nums}
th{font-weight:600;opacity:.7}.answered{color:#1a7f37}.missed{color:#cf222e}.signal{opacity:.6}.withdrawn{text-decoration:line-through;opacity:.6}
</style></head><body><h1>{title}</h1>
"#;

/// A page up to its heading, which is read again every few seconds.
pub(crate) fn head(title: &str) -> String {
    HEAD.replace("{refresh}", r#"<meta http-equiv="refresh" content="5">"#).replace("{title}", title)
}

/// A page up to its heading, for somebody to answer.
pub(crate) fn still(title: &str) -> String {
    HEAD.replace("{refresh}", "").replace("{title}", title)
}

/// Text inside HTML.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
        out
    })
}
