//! Directories of Flyway, read.

use super::*;

fn read(files: &[(&str, &str)]) -> Result<Contents, String> {
    Flyway.read(&Folder::of(files)).map_err(|error| error.to_string())
}

const SQL: &str = "SELECT 1;";

#[test]
fn migrations_their_undo_and_what_runs_again() {
    let files = [
        "V2__b.sql",
        "V1.1__a.sql",
        "U1.1__a.sql",
        "R__z.sql",
        "sub/R__a.sql",
        "B2__all.sql",
        "afterMigrate.sql",
        "V3_c.sql",
    ];
    let contents = read(&files.map(|path| (path, SQL))).unwrap();
    let told: Vec<(&str, &str, bool, bool, bool)> = contents
        .migrations
        .iter()
        .map(|one| {
            let runs_again = one.rule.again == Again::WhenEdited;
            (one.at.name.as_str(), one.at.version.text.as_str(), one.down.is_some(), runs_again, one.rule.baseline)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("V1.1__a", "1.1", true, false, false),
            ("R__a", "", false, true, false),
            ("B2__all", "2", false, false, true),
            ("V2__b", "2", false, false, false),
            ("R__z", "", false, true, false),
        ]
    );
    let remarks: Vec<(&str, bool)> =
        contents.remarks.iter().map(|one| (one.check, one.message.contains("V3_c.sql"))).collect();
    assert_eq!(remarks, [(kind::LEFT_ALONE, true), (kind::NOT_HONOURED, false)]);
}

#[test]
fn placeholders_are_filled() {
    let files = [
        ("flyway.conf", "flyway.placeholders.schema=shop\n"),
        ("V1__a.sql", "USE ${Schema};\nSELECT '${flyway:filename}';"),
        ("V2__b.sql", "SELECT '${other}';"),
        ("V2__b.sql.conf", "placeholderReplacement=false\nexecuteInTransaction=false\n"),
        ("V3__c.sql", SQL),
        ("V3__c.sql.conf", "shouldExecute=false\n"),
    ];
    let contents = read(&files).unwrap();
    let texts: Vec<&str> = contents.migrations.iter().map(|one| one.up.text.as_str()).collect();
    assert_eq!(texts, ["USE shop;\nSELECT 'V1__a.sql';", "SELECT '${other}';"]);
    assert!(contents.remarks[0].message.contains("V3__c.sql"), "{:?}", contents.remarks);
}

#[test]
fn names_follow_the_settings() {
    let files = [
        ("flyway.toml", "[flyway]\nsqlMigrationPrefix = \"M\"\nsqlMigrationSeparator = \"-\"\n"),
        ("M1-a.sql", SQL),
        ("V2__b.sql", SQL),
    ];
    assert!(Flyway.sign(&Folder::of(&files)).is_some_and(|sign| sign == "M1-a.sql"));
    assert_eq!(read(&files).unwrap().migrations.len(), 1);
}

#[test]
fn what_is_wrong_is_told_with_file_line_and_remedy() {
    /// Files with their texts, and the words of the refusal.
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: [Case; 6] = [
        (&[("V1__a.sql", "SELECT 1;\nSELECT '${x}';")], &["V1__a.sql, line 2", "flyway.placeholders.x"]),
        (&[("V1__a.sql", "${flyway:timestamp}")], &["line 1", "Flyway's own"]),
        (&[("V1__a.sql", SQL), ("U2__b.sql", SQL)], &["U2__b.sql", "refinery", "migrations.layout"]),
        (&[("V1__a.sql", SQL), ("V2__b.java", "")], &["V2__b.java", "in Java"]),
        (
            &[("V1__a.sql", SQL), ("V1__a.sql.conf", "\nshouldExecute=a==b")],
            &["V1__a.sql.conf, line 2", "true or false"],
        ),
        (&[("V1__a.sql", SQL), ("V1__a.sql.conf", "encoding=latin1")], &["V1__a.sql.conf, line 1", "UTF-8"]),
    ];
    for (files, words) in cases {
        let error = read(files).unwrap_err();
        for word in words {
            assert!(error.contains(word), "{word:?} is not in {error:?}");
        }
    }
}
